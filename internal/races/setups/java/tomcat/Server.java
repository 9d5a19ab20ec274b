import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;

/** One servlet on the sessions of Tomcat's StandardManager, which are objects in memory. */
public class Server extends HttpServlet {
    private static final Set<String> OTHERS = Set.of("n", "user");

    public static void main(String[] args) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(System.getenv("FOLDER"));
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(Integer.parseInt(System.getenv("PORT")));
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "site", new Server()).addMapping("/");
        tomcat.start();
        tomcat.getServer().await();
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
        HttpSession session = request.getSession();
        session.getAttribute("user"); // a handler asks who is signed in
        work(request);
        switch (request.getServletPath()) {
            case "/inc" -> {
                Integer n = (Integer) session.getAttribute("n");
                session.setAttribute("n", n == null ? 1 : n + 1);
            }
            case "/set" -> session.setAttribute(request.getParameter("k"), request.getParameter("v"));
            case "/take" -> {
                String code = (String) session.getAttribute("code");
                session.removeAttribute("code");
                response.getWriter().print(Objects.requireNonNullElse(code, ""));
            }
            case "/slow" -> session.setAttribute("slow", UUID.randomUUID().toString());
            case "/login" -> {
                request.changeSessionId();
                session.setAttribute("user", request.getParameter("u"));
            }
            case "/logout" -> session.invalidate();
            case "/renew" -> request.changeSessionId();
            default -> response.sendError(HttpServletResponse.SC_NOT_IMPLEMENTED);
        }
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HttpSession session = request.getSession();
        String user = Objects.requireNonNullElse((String) session.getAttribute("user"), "");
        if (request.getServletPath().equals("/page")) {
            work(request);
            response.getWriter().print(user);
            return;
        }
        List<String> fields = new ArrayList<>();
        for (String name : Collections.list(session.getAttributeNames())) {
            Object value = session.getAttribute(name);
            if (!OTHERS.contains(name) && value != null) {
                fields.add(quote(name) + ":" + quote(value.toString()));
            }
        }
        response.setContentType("application/json");
        response.getWriter().printf("{\"user\":%s,\"n\":%s,\"fields\":{%s}}",
            quote(user), Objects.requireNonNullElse(session.getAttribute("n"), 0), String.join(",", fields));
    }

    private static void work(HttpServletRequest request) {
        String time = request.getParameter(request.getServletPath().matches("/slow|/page") ? "ms" : "d");
        try {
            Thread.sleep(time == null ? 0 : Long.parseLong(time));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
