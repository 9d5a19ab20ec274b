# frozen_string_literal: true

require_relative "../rack_site"

use Rack::Session::Pool
run RackSite.new
