#!/bin/sh
# versions.sh GEM...: prints the versions of these gems, and of Ruby.
set -eu
exec /usr/bin/ruby - "$@" <<'end'
ARGV.each { |name| puts "#{name} #{Gem::Specification.find_by_name(name).version}" }
puts "Ruby #{RUBY_VERSION}"
end
