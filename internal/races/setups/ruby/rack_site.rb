# frozen_string_literal: true

require "json"
require "rack"

require_relative "contract"

# The handlers of Rack, whose sessions are the same to them whichever middleware keeps them: it reads a session when the handler asks for
# it, and writes it after the handler has returned.
class RackSite
  def call(env)
    request = Rack::Request.new(env)
    session = request.session
    name = request.path_info.delete_prefix("/")
    user = Contract.begin(session, request.params)
    status, text = request.get? ? read(name, session, user) : change(name, session, request.params)
    [status, { "Content-Type" => "text/plain" }, [text]]
  end

  private

  def read(name, session, user)
    case name
    when "page" then [200, user]
    when "state" then [200, JSON.generate(Contract.state(session))]
    else [404, ""]
    end
  end

  def change(name, session, params)
    case name
    when *Contract::CHANGES.keys then return [200, Contract::CHANGES[name].call(session, params)]
    when "login"
      session["user"] = params["u"]
      session.options[:renew] = true # another ID, with the data
    when "renew" then session.options[:renew] = true
    when "logout" then session.options[:drop] = true
    when "revoke" then return [501, ""]
    else return [404, ""]
    end
    [200, ""]
  end
end
