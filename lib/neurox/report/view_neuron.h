#pragma once

#include <string>
#include <string_view>

#include "neurox/report/report_data.h"

namespace neurox {

/// How much colour a terminal takes.
enum class TerminalColour { None, Colours256, TrueColour };

/// What decides it; the program reads the environment.
struct TerminalTraits {
  bool is_terminal = false;
  const char* no_color = nullptr;   ///< NO_COLOR; any non-empty value turns colour off (no-color.org)
  const char* colorterm = nullptr;  ///< COLORTERM; truecolor or 24bit
  const char* term = nullptr;       ///< TERM; dumb has none
};
TerminalColour terminal_colour(const TerminalTraits& traits);

/// Text without what steers a terminal: control characters (C0, C1, DEL) as U+FFFD, line breaks and tabs as
/// blanks.
std::string terminal_text(std::string_view text);

struct ViewOptions {
  TerminalColour colour = TerminalColour::None;
  std::size_t width = 80;  ///< columns of the terminal; sentences are broken between words
};

/// A neuron for a terminal: statistics, a histogram of its values in one line, the words that drive it, and
/// its highest, random and lowest sentences, tokens shaded by their distance from its mean: orange above,
/// blue below.
///
/// Without colour a token at a shade of 3 or more (2 standard deviations) is followed by its distance,
/// `killed[+3.1]`, and the one that chose the sentence stands in »«. Control characters of the text are shown
/// as U+FFFD, so a corpus cannot steer the terminal.
std::string view_neuron(const NeuronFindings& neuron, const ViewOptions& options);

/// Neurons of the kinds asked for (all kinds where `kind` is empty), as lines: address, kinds, mean,
/// variance, least, most, saturated.
std::string view_kinds(const KindFindings& kinds, const std::string& kind);

}  // namespace neurox
