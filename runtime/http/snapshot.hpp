#pragma once

#include <boost/json/object.hpp>

#include "runtime/http/survey.hpp"

namespace troupe::http {

/// What the console's page shows, as it gets it once a second.
boost::json::object snapshot_of(const survey& x);

} // namespace troupe::http
