#include <gmock/gmock.h>

#include <sstream>

#include "apps/program.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> command_names() {
  const TempFolder folder;
  std::istringstream lines(run_neurox(folder, "commands").out);
  std::vector<std::string> names;
  for (std::string name; std::getline(lines, name);) names.push_back(name);
  return names;
}

TEST(Commands, EveryOneHasAPageATestAManualAndHelp) {
  const TempFolder folder;
  const auto names = command_names();
  ASSERT_GE(names.size(), 8U);
  const std::filesystem::path root(NEUROX_SOURCE);
  for (const std::string& name : names) {
    EXPECT_TRUE(std::filesystem::exists(root / "docs" / (name + ".md"))) << name;
    EXPECT_TRUE(std::filesystem::exists(root / "tests" / "apps" / ("command_" + name + "_test.cpp"))) << name;
    const Outcome help = run_neurox(folder, name + " --help");
    EXPECT_EQ(help.code, 0) << name;
    EXPECT_THAT(help.out, HasSubstr("Options:")) << name;
    EXPECT_THAT(run_neurox(folder, "man " + name).out, HasSubstr(".SH OPTIONS")) << name;
  }
}
TEST(Commands, CompletionNamesEveryCommandInEveryShell) {
  const TempFolder folder;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = run_neurox(folder, std::string("completion ") + shell).out;
    for (const std::string& name : command_names()) EXPECT_THAT(script, HasSubstr(name)) << shell;
    EXPECT_THAT(script, HasSubstr("sites")) << shell;
  }
}
TEST(Commands, AMisspeltCommandIsAnsweredWithTheNearest) {
  const TempFolder folder;
  expect_refusal(folder, "exract a b", 2, "no command 'exract' (did you mean 'extract'?)");
}
TEST(Commands, AMisspeltOptionIsAnsweredWithTheNearest) {
  const TempFolder folder;
  expect_refusal(folder, "extract m c -o out.h5ad --stes resid_post", 2,
                 "no option '--stes' (did you mean '--sites'?)");
}
TEST(Commands, AValueThatIsNoChoiceIsRefused) {
  const TempFolder folder;
  expect_refusal(folder, "extract m c -o out.h5ad --unit syllable", 2, "syllable");
}
TEST(Commands, AMissingArgumentIsNamed) {
  const TempFolder folder;
  expect_refusal(folder, "probe a.h5ad -o out.h5ad", 2, "--label");
}

}  // namespace
}  // namespace neurox::testing
