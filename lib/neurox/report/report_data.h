#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/no_value.h"
#include "neurox/report/method_findings.h"

/// What a report shows, as plain data: rendering never depends on files. A number that is not known is NaN
/// and prints as a dash.
namespace neurox {

using Settings = std::vector<std::pair<std::string, std::string>>;

/// One row of a probe's accuracy by site.
struct SiteScore {
  std::string site;  ///< full name, or `all` for every site together
  int block = -1;
  std::int64_t neurons = 0;
  double accuracy = no_value;  ///< shares of 1, as all scores below
  double macro_f1 = no_value;
  double control_accuracy = no_value;
  double selectivity = no_value;  ///< accuracy - control accuracy
};

struct ClassScore {
  std::string name;
  std::int64_t count = 0;  ///< in the evaluation data
  double precision = no_value, recall = no_value, f1 = no_value;
};

struct ProbeFindings {
  std::string file;
  std::string model;
  std::string label;
  std::string unit;                 ///< token, word, sentence; may be empty
  std::string evaluated_on;         ///< which data the scores are of; may be empty
  std::vector<SiteScore> sites;     ///< one per site
  SiteScore all;                    ///< the probe on every site
  double majority = no_value;       ///< accuracy of always saying the commonest class
  double word_majority = no_value;  ///< accuracy of each word's commonest class
  std::vector<ClassScore> classes;
  std::vector<std::string> confusion_classes;
  MatrixD confusion;  ///< #classes x #classes counts, gold x predicted; 0 x 0 when not known
  Settings settings;
};

/// How many neurons carry a share of a concept's weight.
struct MassRow {
  std::string concept_name;
  double share = 0;  ///< of the sum of absolute weights
  std::int64_t neurons = 0;
};

/// How many of a concept's top neurons lie at a site.
struct SpreadCell {
  std::string concept_name, site;
  std::int64_t count = 0;
};

/// One way to say which neurons are the top ones, and where those lie.
struct Spread {
  std::string rule;  ///< `top 1 % (27 neurons)`
  std::vector<SpreadCell> cells;
};

struct SharedRow {
  std::string class_name;
  std::int64_t top = 0;      ///< top neurons of the class
  std::int64_t focused = 0;  ///< those in no other class's top
};

struct SiteSize {
  std::string site;
  int block = -1;
  std::int64_t neurons = 0;
};

struct RankedNeuron {
  std::string address;
  double score = no_value;
};

/// The best neurons of one concept.
struct TopList {
  std::string concept_name;
  std::vector<RankedNeuron> neurons;
};

struct RankingFindings {
  std::string file, model, label, method;
  std::vector<SiteSize> sites;  ///< every site of the ranking, for the share expected by chance
  std::vector<MassRow> mass;
  std::vector<Spread> spreads;
  std::vector<SharedRow> shared;
  std::vector<TopList> top;
  Settings settings;
};

/// One condition of an ablation: a row of its table.
struct AblationRow {
  std::string ranking;
  std::string group;  ///< top, bottom, random, list, none (nothing ablated)
  std::string operation;
  std::string target;      ///< where measured: `model` (the edit flows on), `matrix`
  std::string class_name;  ///< empty: overall
  bool keep = false;       ///< everything but these was ablated
  double share = no_value;
  std::int64_t count = 0;
  int draw = 0;
  std::vector<double> values;  ///< one per measure
};

/// A text that a model wrote under one condition.
struct WrittenFindings {
  std::size_t condition = 0;  ///< row of the table
  std::size_t prompt = 0;
  std::int64_t sample = 0;
  std::string text;
  double perplexity = no_value;            ///< under the untouched model
  std::vector<std::string> concept_words;  ///< of the concept that was looked for
};

struct AblationFindings {
  std::string file, model;
  std::vector<std::string> measures;  ///< accuracy, nll, flip_rate, ...
  std::vector<AblationRow> rows;
  std::vector<std::string> prompts;  ///< where texts were written
  std::vector<WrittenFindings> texts;
  Settings settings;
};

/// A stretch of a sentence: a token with its activation, or text between tokens.
struct ShadedPiece {
  std::string text;
  float value = 0;
  bool token = false;
  bool focus = false;  ///< the token for which this context was chosen
};

struct Context {
  std::int64_t sentence = -1;
  std::int64_t row = -1;
  double value = no_value;  ///< at the focus
  bool cut = false;         ///< the sentence goes on beyond what is shown
  std::vector<ShadedPiece> pieces;
};

/// A word type and what a neuron does on it.
struct WordScore {
  std::string word;
  std::int64_t count = 0;
  double mean = no_value;  ///< activation
  double z = no_value;     ///< (mean - neuron's mean) / neuron's standard deviation
};

struct ConceptScore {
  std::string concept_name;
  double score = no_value;
  std::int64_t rank = 0;  ///< from 1
};

struct Statistics {
  double mean = no_value, variance = no_value, min = no_value, max = no_value;
  /// Shares of rows that are exactly 0; at most 0; smaller than 0.001 in size; in a flat part of the site's
  /// non-linearity.
  double zero = no_value, nonpositive = no_value, small = no_value, saturated = no_value;
};

struct NeuronFindings {
  std::string address, site;
  int block = -1;
  Statistics statistics;
  std::vector<std::string> kinds;
  std::vector<ConceptScore> scores;     ///< best first
  std::int64_t rows = 0;                ///< rows looked at
  std::vector<std::int64_t> histogram;  ///< counts in equal bins between min and max
  std::vector<WordScore> high_words, low_words;
  std::vector<Context> top, random, bottom;
};

/// One neuron of the table of kinds.
struct KindRow {
  std::string address, site;
  Statistics statistics;
  std::vector<std::string> kinds;
};

struct KindFindings {
  std::string file, model;
  std::vector<std::string> kinds;  ///< all that are told apart, in their order
  std::vector<SpreadCell> totals;  ///< neurons of a kind (`concept_name`) at a site, sites in order
  std::vector<KindRow> rows;       ///< those shown
  std::int64_t neurons = 0;        ///< all looked at
};

/// A text shaded by what its words add to a prediction.
struct AttributedToken {
  std::string text;
  double value = 0;
};
struct AttributedText {
  std::string method, target;
  double value = 0, baseline = 0, delta = 0;  ///< NaN where the method has none
  std::vector<AttributedToken> tokens;
};
/// Words at sites: a row per token, a column per site.
struct AttributedGrid {
  std::string target, text;
  std::vector<std::string> tokens, sites;
  std::vector<std::vector<double>> values;  ///< [token][site]
};
/// All neurons' attributions of one word.
struct WordNeurons {
  std::string text, token, segment, target;  ///< the sentence, the word, its kind, what was explained
  std::int64_t row = 0;                      ///< of the sentence
  std::vector<std::string> sites;
  std::vector<std::vector<float>> values;  ///< [site][neuron]
};
/// Kinds of token at sites, over a corpus: #kinds x #sites.
struct KindsBySite {
  std::vector<std::string> kinds, sites;
  std::vector<std::int64_t> tokens;  ///< of each kind
  MatrixD signed_sum;  ///< mean over the sentences of the sum over the kind's tokens and neurons
  MatrixD magnitude;   ///< mean over the kind's tokens of the sum of the neurons' absolute attributions
};
/// The concept of a ranking for which a neuron ranks best.
struct EncodedConcept {
  std::string label, concept_name;
  std::int64_t rank = 0;  ///< from 1
  std::int64_t neurons = 0, concepts = 0;
};
/// A neuron that predictions use, and what rankings by concept say of it.
struct UsedNeuron {
  std::string site, address;
  double score = no_value;  ///< mean absolute attribution
  std::int64_t place = 0;   ///< among its site's, from 1
  std::vector<EncodedConcept> encodes;
};
struct AttributionFindings {
  std::string file, model, method;
  std::string asked;  ///< the target as the command named it
  std::vector<WordNeurons> words;
  KindsBySite kinds;
  std::vector<UsedNeuron> used;
  std::vector<AttributedText> texts;
  std::vector<AttributedGrid> grids;
  std::int64_t sentences = 0;  ///< in the file; those shown may be fewer
};

/// What made a file, and, for kinds the report does not know, the beginning of its table.
struct FileFindings {
  std::string name, kind, hash;
  Settings provenance;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::int64_t total_rows = 0;
};

struct ReportData {
  std::string title = "Neurons and what they do";
  std::string version, command;
  std::vector<ProbeFindings> probes;
  std::vector<RankingFindings> rankings;
  std::vector<AblationFindings> ablations;
  std::vector<AttributionFindings> attributions;
  MethodFindings methods;
  std::vector<NeuronFindings> neurons;
  KindFindings kinds;
  std::vector<FileFindings> files;
  bool hints = true;               ///< to say in their places which commands probe, rank and ablate
  std::vector<std::string> notes;  ///< what was cut or is missing, in sentences
};

}  // namespace neurox
