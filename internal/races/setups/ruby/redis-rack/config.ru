# frozen_string_literal: true

require "rack/session/redis"

require_relative "../rack_site"

use Rack::Session::Redis, redis_server: ENV.fetch("REDIS_URL")
run RackSite.new
