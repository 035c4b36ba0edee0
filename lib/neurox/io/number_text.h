#pragma once

#include <string>

namespace neurox::io {

/// The whole text as a finite number, NaN if it is none.
double number_in(const std::string& text);

}  // namespace neurox::io
