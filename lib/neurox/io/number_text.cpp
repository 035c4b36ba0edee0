#include "neurox/io/number_text.h"

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace neurox::io {

double number_in(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool all = !text.empty() && std::isspace(static_cast<unsigned char>(text[0])) == 0 && *end == '\0' &&
                   std::isfinite(value);
  return all ? value : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace neurox::io
