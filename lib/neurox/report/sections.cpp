#include "neurox/report/sections.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "neurox/core/site.h"
#include "neurox/report/html.h"

namespace neurox {

void Page::figure(nlohmann::ordered_json chart, std::string_view caption) {
  const std::string id = fmt::format("chart-{}", charts.size() + 1);
  body += html::figure(id, chart.at("title").get<std::string>(), caption);
  charts[id] = std::move(chart);
}

std::string missing(std::string_view what, std::string_view command) {
  return fmt::format("<p class=\"missing\">{} Make one with <code>{}</code>.</p>\n", html::escape(what),
                     html::escape(command));
}

std::string short_site(std::string_view site) {
  const auto parsed = parse_site(site);
  if (!parsed) return std::string(site);
  return parsed->block < 0 ? short_name(*parsed) : fmt::format("{}@{}", short_name(*parsed), parsed->block);
}

SiteLabels site_labels(const std::vector<std::string>& sites) {
  SiteLabels whole{{}, "site"}, blocks{{}, {}};
  std::string common;
  bool one = sites.size() > 1;
  for (const std::string& site : sites) {
    const std::string name = short_site(site);
    const std::size_t at = name.find('@');
    one = one && at != std::string::npos && (common.empty() || name.substr(0, at) == common);
    if (one) {
      common = name.substr(0, at);
      blocks.names.push_back(name.substr(at + 1));
    }
    whole.names.push_back(name);
  }
  blocks.title = fmt::format("block ({})", common);
  return one ? blocks : whole;
}

std::vector<std::string> told_apart(const std::vector<std::string>& names) {
  constexpr const char* kDigits[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};
  std::map<std::string, int> seen;
  std::set<std::string> taken;
  std::vector<std::string> out;
  for (const std::string& name : names) {
    std::string told;
    do {
      const int n = ++seen[name];
      told = name;
      if (n > 1)
        for (const char digit : std::to_string(n)) told += kDigits[digit - '0'];
    } while (!taken.insert(told).second);
    out.push_back(std::move(told));
  }
  return out;
}

nlohmann::ordered_json matrix_chart(const std::string& title, const SiteLabels& columns,
                                    const SiteLabels& rows) {
  return {{"kind", "heat"},
          {"title", title},
          {"x", {{"title", columns.title}, {"domain", columns.names}}},
          {"y", {{"title", rows.title}, {"domain", rows.names}}},
          {"values", nlohmann::ordered_json::array()},
          {"format", ".2~g"},
          {"rounded", true}};
}

void add_cell(nlohmann::ordered_json& chart, const std::string& column, const std::string& row, double value,
              const std::string& tip) {
  if (!std::isfinite(value)) return;
  std::string shown = fmt::format("{:.2f}", std::abs(value));
  if (value < 0 && shown != "0.00") shown = "−" + shown;
  if (value == 0) shown = "0";
  chart["values"].push_back({{"x", column}, {"y", row}, {"v", value}, {"t", shown}, {"tip", tip}});
}

nlohmann::ordered_json word_map(const std::string& title, const std::vector<std::string>& words,
                                const MatrixD& values, const WordMapNames& names) {
  const std::vector<std::string> told = told_apart(words);
  nlohmann::ordered_json chart =
      matrix_chart(title, {told, std::string(names.columns)}, {told, std::string(names.rows)});
  for (std::size_t i = 0; i < told.size(); ++i)
    for (std::size_t j = 0; j < told.size(); ++j) {
      const double v = values(static_cast<Index>(i), static_cast<Index>(j));
      add_cell(chart, told[j], told[i], v,
               fmt::format("{}{} {} {}: {}", names.before, told[i], names.between, told[j], html::number(v)));
    }
  if ((values.array() < 0).any()) chart["diverging"] = true;
  chart["square"] = true;
  chart["legend"] = names.legend;
  return chart;
}

std::string first_of(std::size_t shown, std::int64_t all, std::string_view what) {
  const auto n = static_cast<std::int64_t>(shown);
  return n >= all ? std::string()
                  : fmt::format("<p class=\"muted\">The first {} of {} {}.</p>\n", html::count(n),
                                html::count(all), what);
}

std::string measure_title(std::string_view measure) {
  if (measure == "accuracy") return "accuracy";
  if (measure == "nll") return "mean negative log-likelihood (nats per token)";
  if (measure == "perplexity") return "perplexity";
  if (measure == "flip_rate") return "share of predictions that change";
  if (measure == "macro_f1") return "macro F1";
  if (measure == "nll_rise") return "rise of the mean negative log-likelihood (nats per token)";
  if (measure == "confidence_drop") return "drop of the intact prediction's probability";
  if (measure == "confidence_drop_by_probability")
    return "drop of the intact prediction's probability, as a share of it";
  if (measure == "confidence_drop_by_gold_loglik")
    return "drop of the gold label's log-likelihood, as a share of it";
  if (measure == "margin") return "good sentence's log-likelihood above the bad one's (nats)";
  if (measure == "kl") return "divergence from the untouched model (nats)";
  if (measure == "concept_rate") return "share of texts with the concept";
  if (measure == "concept_per_100_words") return "words of the concept per 100 words";
  if (measure == "perplexity_ratio") return "perplexity against the untouched texts'";
  if (measure == "changed") return "share of texts that change";
  if (measure == "distinct_1") return "different words, share of all";
  if (measure == "distinct_2") return "different pairs of words, share of all";
  if (measure == "self_bleu") return "self-BLEU (repetition)";
  if (measure == "bleu") return "BLEU";
  if (measure == "chrf") return "chrF";
  std::string out(measure);
  for (char& c : out)
    if (c == '_') c = ' ';
  return out;
}

bool is_share(std::string_view measure) {
  return measure.starts_with("accuracy") || measure == "macro_f1" || measure == "flip_rate" ||
         measure == "concept_rate" || measure == "changed" || measure.starts_with("distinct_");
}

std::string label_of_model(std::string_view label, std::string_view model) {
  if (label.empty()) return model.empty() ? "unnamed" : std::string(model);
  return model.empty() ? std::string(label) : fmt::format("{} in {}", label, model);
}

}  // namespace neurox
