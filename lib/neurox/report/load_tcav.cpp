#include <cmath>

#include "neurox/report/load_parts.h"

namespace neurox::load {

bool tcav(const Loaded& file, MethodFindings& out) {
  const io::Table& obs = file.data.obs;
  if (file.provenance.kind != "tcav" || obs.find("score") == nullptr) return false;
  TcavScores found;
  found.file = file.name, found.model = file.provenance.model;
  found.correction = text(file.provenance.settings, "correction");
  const auto words = [&](const char* name) { return obs.strings(name, file.where); };
  const auto concepts = words("concept"), against = words("against"), site = words("site"),
             class_name = words("class");
  found.rows.resize(concepts.size());
  for (std::size_t r = 0; r < concepts.size(); ++r) {
    TcavRow& row = found.rows[r];
    row.concept_name = against[r] == "random" ? concepts[r] : concepts[r] + " vs " + against[r];
    row.site = site[r], row.class_name = class_name[r];
  }
  const auto fill = [&](const char* name, double TcavRow::*member) {
    const auto values = obs.numbers(name, file.where);
    for (std::size_t r = 0; r < found.rows.size(); ++r) found.rows[r].*member = values[r];
  };
  fill("score", &TcavRow::score);
  fill("score_low", &TcavRow::low);
  fill("score_high", &TcavRow::high);
  fill("magnitude", &TcavRow::magnitude);
  fill("accuracy", &TcavRow::accuracy);
  fill("chance", &TcavRow::chance);
  fill("random_score", &TcavRow::random_score);
  fill("random_sd", &TcavRow::random_sd);
  fill("p", &TcavRow::p);
  fill("p_corrected", &TcavRow::p_corrected);
  fill("magnitude_p", &TcavRow::magnitude_p);
  const auto chance = obs.numbers("at_chance", file.where), runs = obs.numbers("runs", file.where),
             random_runs = obs.numbers("random_runs", file.where),
             sentences = obs.numbers("sentences", file.where);
  for (std::size_t r = 0; r < found.rows.size(); ++r) {
    found.rows[r].at_chance = chance[r] != 0;
    found.rows[r].runs = std::llround(runs[r]);
    found.rows[r].random_runs = std::llround(random_runs[r]);
    found.rows[r].sentences = std::llround(sentences[r]);
  }
  out.tcav.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
