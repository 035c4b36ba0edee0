#include "neurox/report/view_neuron.h"

#include <gmock/gmock.h>

#include "report/sample_report.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

NeuronFindings neuron() {
  NeuronFindings n;
  n.address = "blocks.0.hook_resid_post:1", n.rows = 4;
  n.statistics = {0, 1, -1, 4, no_value, no_value, no_value, no_value};
  n.histogram = {0, 1, 4};
  n.top = {{0,
            0,
            4.0,
            false,
            {{"a", 0, true, false},
             {" ", 0, false, false},
             {"cat\x1b[31m", 4, true, true},
             {" ", 0, false, false},
             {"no", -2, true, false}}}};
  return n;
}

TEST(ViewNeuron, WithoutColourDistancesAreNumbers) {
  const std::string text = view_neuron(neuron(), {});
  EXPECT_THAT(text, HasSubstr("a »cat\xEF\xBF\xBD[31m«[+4.0] no[-2.0]"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("-1  ▅█ 4"));
}

TEST(ViewNeuron, WithColourTheTextOfACorpusCannotSteerTheTerminal) {
  const std::string text = view_neuron(neuron(), {TerminalColour::TrueColour, 80});
  EXPECT_THAT(text, Not(HasSubstr("\x1b[31m")));
  EXPECT_THAT(text, HasSubstr("\x1b[1;4;38;2;255;255;255;48;2;200;104;20mcat"));
  EXPECT_THAT(view_neuron(neuron(), {TerminalColour::Colours256, 80}), HasSubstr("48;5;172mcat"));
}

TEST(ViewNeuron, LinesFitTheTerminal) {
  NeuronFindings n = neuron();
  n.top[0].pieces.clear();
  for (int i = 0; i < 60; ++i)
    n.top[0].pieces.insert(n.top[0].pieces.end(), {{"word", 0, true, i == 30}, {" ", 0, false, false}});
  const std::string text = view_neuron(n, {TerminalColour::None, 60});
  std::size_t start = text.find("highest\n") + 8;
  for (std::size_t end; (end = text.find('\n', start)) != std::string::npos && text[start] == ' ';
       start = end + 1)
    EXPECT_LE(end - start, 62U);
}

TEST(ViewNeuron, ColourFollowsTheEnvironment) {
  EXPECT_EQ(terminal_colour({false, nullptr, "truecolor", "xterm"}), TerminalColour::None);
  EXPECT_EQ(terminal_colour({true, nullptr, "truecolor", "xterm"}), TerminalColour::TrueColour);
  EXPECT_EQ(terminal_colour({true, "", nullptr, "xterm"}), TerminalColour::Colours256);
  EXPECT_EQ(terminal_colour({true, "1", "truecolor", "xterm"}), TerminalColour::None);
  EXPECT_EQ(terminal_colour({true, nullptr, nullptr, "dumb"}), TerminalColour::None);
}

TEST(ViewKinds, ListsTheNeuronsOfAKind) {
  const KindFindings k = testing::SampleReport(0).data.kinds;
  const std::string constant = view_kinds(k, "constant");
  EXPECT_EQ(std::count(constant.begin(), constant.end(), '\n'), 4);  // a heading and three
  EXPECT_THAT(constant, HasSubstr("blocks.5.hook_resid_post:"));
  EXPECT_THAT(constant, Not(HasSubstr("high-variance")));
}

}  // namespace
}  // namespace neurox
