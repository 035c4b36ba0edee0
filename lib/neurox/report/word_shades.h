#pragma once

#include <string>
#include <vector>

#include "neurox/report/report_data.h"

/// Words shaded by their share of the largest value: orange above 0, blue below, in fifths.
namespace neurox {

/// The class of a shade (page.css), ` p3` or ` n5`; empty for less than a tenth of the largest.
std::string share_shade(double value, double largest);
/// All shades in a row, with what they mean.
std::string share_legend();
/// The words in a row, each with its value in its title.
std::string shaded_words(const std::vector<AttributedToken>& words);

}  // namespace neurox
