#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "neurox/ablate/candidates.h"
#include "neurox/ablate/mediation.h"
#include "support.h"

/// Masked language models, encoders with decoders and recurrent networks beside
/// scripts/fixtures/mediation.py, which changes one neuron at a time in double precision.
namespace neurox::ablate {
namespace {

using nlohmann::json;

constexpr double beside_double = 2e-6;

MediatorPart part_of(const model::Model& model, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  for (const SiteColumns& columns : model.sites())
    if (columns.site == address.substr(0, colon))
      return {*site_of(columns), {std::stoll(address.substr(colon + 1))}};
  ADD_FAILURE() << address;
  return {};
}

PromptTokens tokens_of(const json& found, Asked asked) {
  PromptTokens out{found["base"], found["counterfactual"], found["base_candidate"],
                   found["counterfactual_candidate"], asked};
  const auto mask_in = [](const std::vector<std::int64_t>& ids) {
    return std::find(ids.begin(), ids.end(), 4) - ids.begin();
  };
  if (asked == Asked::AtMask)
    out.base_mask = mask_in(out.base), out.counterfactual_mask = mask_in(out.counterfactual);
  if (found.contains("target")) out.target = found["target"].get<std::vector<std::int64_t>>();
  return out;
}

TEST(MediationOracle, EffectsAreThoseOfWholePassesInDoublePrecision) {
  std::ifstream in(std::filesystem::path(NEUROX_TESTDATA) / "mediation.json");
  const json cases = json::parse(in);
  ASSERT_EQ(cases.size(), 8U);
  for (const json& found : cases) {
    const std::string name = found["model"];
    model::Model model = model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / name);
    const PromptTokens pair = tokens_of(found, asked_of(model));
    std::vector<Mediator> mediators;
    for (const json& m : found["mediators"]) mediators.push_back({part_of(model, m["neuron"])});
    const Exchanged which = found["positions"] == "all" ? Exchanged::All : Exchanged::Differing;
    const PairEffects ours = mediate(model, pair, mediators, {which, 2048});
    EXPECT_NEAR(ours.base, found["log_base"].get<double>(), beside_double) << name;
    EXPECT_NEAR(ours.counterfactual, found["log_counterfactual"].get<double>(), beside_double) << name;
    for (std::size_t m = 0; m < mediators.size(); ++m) {
      const json& theirs = found["mediators"][m];
      EXPECT_NEAR(ours.indirect[m], theirs["indirect"].get<double>(), beside_double) << name << theirs;
      EXPECT_NEAR(ours.direct[m], theirs["direct"].get<double>(), beside_double) << name << theirs;
    }
  }
}

}  // namespace
}  // namespace neurox::ablate
