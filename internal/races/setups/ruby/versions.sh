#!/bin/sh
# versions.sh GEM...: prints the versions of Ruby and of these gems.
set -eu
exec /usr/bin/ruby - "$@" <<'end'
puts "Ruby #{RUBY_VERSION}"
ARGV.each { |name| puts "#{name} #{Gem::Specification.find_by_name(name).version}" }
end
