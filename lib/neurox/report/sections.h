#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "neurox/report/report_data.h"

/// The page's sections, each from its part of the data: HTML appended to `body`, and what its charts show to
/// `charts` (report/page/charts.js says which fields a chart of each kind has).
namespace neurox {

struct Page {
  std::string body;
  nlohmann::ordered_json charts = nlohmann::ordered_json::object();

  /// Appends a figure and the data of its chart. `chart` has a `title`, which is also what a screen reader
  /// says.
  void figure(nlohmann::ordered_json chart, std::string_view caption);
};

void section_summary(Page& page, const ReportData& data);
void section_layers(Page& page, const ReportData& data);
void section_where(Page& page, const ReportData& data);
void section_comparison(Page& page, const ReportData& data);
void section_ablation(Page& page, const ReportData& data);
/// Of an ablation whose operations differ in their number: each measure against it; appended to its section.
void dose_charts(Page& page, const AblationFindings& ablation);
/// What each class loses or gains under each condition; likewise, nothing without classes.
void change_by_class(Page& page, const AblationFindings& ablation);
/// What a model wrote under each condition, side by side; likewise.
void written_texts(Page& page, const AblationFindings& ablation);
/// Nothing without attributions: most reports have none.
void section_attributions(Page& page, const ReportData& data);
/// Of attributions of neurons, where the files hold them: words with the distribution of their neurons at
/// each site, kinds of token at sites, and what the neurons that predictions use encode. Appended to the
/// section of attributions.
void word_distributions(Page& page, const ReportData& data);
void kinds_by_site(Page& page, const ReportData& data);
void neurons_used(Page& page, const ReportData& data);
/// Of what `tcav` and the rest of `attribute` write (method_findings.h); each is nothing without its files.
void section_tcav(Page& page, const ReportData& data);
void section_pairs(Page& page, const ReportData& data);
void section_trees(Page& page, const ReportData& data);
void section_shares(Page& page, const ReportData& data);
void section_concept_use(Page& page, const ReportData& data);
void section_groups(Page& page, const ReportData& data);
void section_mediation(Page& page, const ReportData& data);
void section_attention(Page& page, const ReportData& data);
void section_logit(Page& page, const ReportData& data);
void section_lens(Page& page, const ReportData& data);
void section_trust(Page& page, const ReportData& data);
/// Of rankings by labels and description lengths; nothing without them.
void section_belief(Page& page, const ReportData& data);
void section_scores(Page& page, const ReportData& data);
/// What neurons stand for by a corpus alone; nothing without such a ranking.
void section_corpus(Page& page, const ReportData& data);
/// Of what `cluster` writes (cluster_findings.h).
void section_similarity(Page& page, const ReportData& data);
void section_factors(Page& page, const ReportData& data);
void section_token_clusters(Page& page, const ReportData& data);
/// Of `cluster --method map`.
void section_map(Page& page, const ReportData& data);
/// Of files of `cluster`; nothing without them.
void section_clusters(Page& page, const ReportData& data);
void section_redundancy(Page& page, const ReportData& data);
/// Of `view --course`; nothing without such a file.
void section_course(Page& page, const ReportData& data);
void section_neurons(Page& page, const ReportData& data);
void section_kinds(Page& page, const ReportData& data);
void section_files(Page& page, const ReportData& data);

/// A paragraph that says what is not there and which command makes it.
std::string missing(std::string_view what, std::string_view command);

/// `resid_post@3` for `blocks.3.hook_resid_post`; other names as they are.
std::string short_site(std::string_view site);

/// What sites are called along an axis: `resid_post@3`; of one site at several blocks the numbers of the
/// blocks, with the title `resid_post of block`.
struct SiteLabels {
  std::vector<std::string> names;
  std::string title;
};
SiteLabels site_labels(const std::vector<std::string>& sites);

/// `names` that may repeat, each with a small number where it came before: the, cat, the₂.
std::vector<std::string> told_apart(const std::vector<std::string>& names);

/// A heat map's chart, to which `add_cell` adds: columns, rows, title.
nlohmann::ordered_json matrix_chart(const std::string& title, const SiteLabels& columns,
                                    const SiteLabels& rows);
/// A cell of it, shown with two decimals where that fits: column, row, value, and what pointing at it says.
void add_cell(nlohmann::ordered_json& chart, const std::string& column, const std::string& row, double value,
              const std::string& tip);

/// What a map of words by words says: the titles of its axes, its legend, and what pointing at a cell says
/// (`from {row} to {column}`).
struct WordMapNames {
  std::string_view columns, rows, legend, before, between;
};
/// A square heat map of words by words; of two colours where a value is below 0.
/// @param values  #words x #words; cells that are NaN stay empty
nlohmann::ordered_json word_map(const std::string& title, const std::vector<std::string>& words,
                                const MatrixD& values, const WordMapNames& names);

/// `The first 3 of 9 sentences.`; empty where all are shown.
std::string first_of(std::size_t shown, std::int64_t all, std::string_view what);

/// `accuracy` -> `probe accuracy`, with its unit: what a measure is called on an axis.
std::string measure_title(std::string_view measure);
/// Whether a measure is a share of 1, shown as per cent.
bool is_share(std::string_view measure);

/// `upos in minilm`, whatever of both is known.
std::string label_of_model(std::string_view label, std::string_view model);

}  // namespace neurox
