# frozen_string_literal: true

# A Rails application in one file.

require "action_controller/railtie"

require_relative "../contract"

class Site < Rails::Application
  config.load_defaults 6.1
  config.root = ENV.fetch("FOLDER")
  config.eager_load = true
  config.secret_key_base = "a secret for tests"
  config.logger = Logger.new($stderr)
  config.log_level = :error

  # Not for the requests of these races, which do not come from a form.
  config.action_controller.default_protect_from_forgery = false

  if ENV.fetch("VARIANT") == "Redis"
    config.cache_store = :redis_cache_store, { url: ENV.fetch("REDIS_URL"), pool_size: 40 }
    config.session_store :cache_store, key: "_site_session"
  else
    config.session_store :cookie_store, key: "_site_session"
  end

  routes.append do
    post "/:name", to: "sessions#change", name: Regexp.union(Contract::CHANGES.keys)
    post "/login", to: "sessions#login"
    post "/logout", to: "sessions#logout"
    post "/renew", to: "sessions#renew"
    post "/revoke", to: "sessions#revoke"
    get "/page", to: "sessions#page"
    get "/state", to: "sessions#state"
  end
end

# Rails reads a session when the action asks for it, and writes it after the action has returned.
class SessionsController < ActionController::Base
  before_action { @user = Contract.begin(session, params) }

  def change
    render plain: Contract::CHANGES[params["name"]].call(session, params)
  end

  # The session is replaced by an empty one with another ID, to which the fields are taken over.
  def login
    kept = session.to_hash.except("session_id")
    reset_session
    session.update(kept)
    session["user"] = params["u"]
    head :ok
  end

  def logout
    reset_session
    head :ok
  end

  def renew
    request.session_options[:renew] = true
    head :ok
  end

  def revoke
    head :not_implemented
  end

  def page
    render plain: @user
  end

  def state
    render json: Contract.state(session)
  end
end

Site.initialize!
run Site
