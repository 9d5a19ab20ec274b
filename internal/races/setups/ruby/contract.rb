# frozen_string_literal: true

require "securerandom"

# What the handlers of internal/races/README.md do with a session.
module Contract
  # By the names of their routes. Each returns the text to answer with.
  CHANGES = {
    "inc" => lambda { |session, _params|
      session["n"] = (session["n"] || 0) + 1
      ""
    },
    "set" => lambda { |session, params|
      session[params["k"]] = params["v"]
      ""
    },
    "take" => ->(session, _params) { session.delete("code") || "" },
    "slow" => lambda { |session, _params|
      session["slow"] = SecureRandom.hex
      ""
    }
  }.freeze

  # Names in the session that are no fields.
  OTHERS = %w[n user session_id].freeze

  # Asks who is signed in, which reads the session, and works.
  def self.begin(session, params)
    user = session["user"] || ""
    sleep((params["d"] || params["ms"]).to_i / 1000.0)
    user
  end

  # Returns the answer to /state.
  def self.state(session)
    { user: session["user"] || "", n: session["n"] || 0, fields: session.to_hash.except(*OTHERS) }
  end
end
