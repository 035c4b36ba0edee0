#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/no_value.h"
#include "neurox/report/cluster_findings.h"
#include "neurox/report/course_findings.h"
#include "neurox/report/distribution.h"
#include "neurox/report/map_findings.h"

/// What `attribute` (readings, pairs, groups, trust) and `tcav` found, as a report shows it. A number that is
/// not known is NaN.
namespace neurox {

/// Concept vectors of one concept at one site, and what they say of one class.
struct TcavRow {
  std::string concept_name;  ///< `A`, or `A vs B` of a relative vector
  std::string site, class_name;
  double score = no_value, low = no_value, high = no_value;  ///< mean over runs with its 95 % interval
  double magnitude = no_value;
  double accuracy = no_value, chance = no_value;         ///< of the vectors on held-out examples
  bool at_chance = false;                                ///< the score says nothing
  double random_score = no_value, random_sd = no_value;  ///< of random vectors
  double p = no_value, p_corrected = no_value, magnitude_p = no_value;
  std::int64_t runs = 0, random_runs = 0, sentences = 0;
};
struct TcavScores {
  std::string file, model, correction;
  std::vector<TcavRow> rows;
};

/// Interactions of a text's words by one method.
struct PairMatrix {
  std::string method, target;
  double value = no_value, baseline = no_value;
  MatrixD pairs;              ///< #words x #words, symmetric; NaN where the file has none
  std::vector<double> alone;  ///< of each word; empty where the method says nothing of single words
};
struct PairText {
  std::string text;
  std::vector<std::string> tokens;  ///< those that are in a pair
  std::vector<PairMatrix> matrices;
};
struct PairFindings {
  std::string file, model;
  std::vector<PairText> texts;
  std::int64_t sentences = 0;  ///< in the file; those shown may be fewer
};

/// A tree over a text's words: neighbours joined step by step.
struct WordNode {
  std::size_t first = 0, last = 0;    ///< of the words
  std::int64_t round = 0;             ///< in which it came to be, from 0
  double score = no_value;            ///< of the group of words
  std::vector<std::size_t> children;  ///< nodes before this one, in the order of the text; none of a word
};
struct WordTree {
  std::string method, target;
  double value = no_value, baseline = no_value;
  std::vector<std::string> words;
  std::vector<WordNode> nodes;  ///< the root last
};
struct TreeText {
  std::string text;
  std::vector<WordTree> trees;
};
struct TreeFindings {
  std::string file, model;
  std::vector<TreeText> texts;
  std::int64_t sentences = 0;  ///< in the file; those shown may be fewer
};

/// How much a prediction uses the neurons of a concept.
struct ConceptUseRow {
  std::string concept_name;  ///< with its ranking where there are several
  double use = no_value;
  double mean = no_value, sd = no_value;  ///< of permuted scores
  double z = no_value, p = no_value;
};
struct ConceptUseText {
  std::string text, target;
  double value = no_value;
  std::vector<ConceptUseRow> rows;
};
struct ConceptUseFindings {
  std::string file, model, method;
  std::vector<ConceptUseRow> corpus;  ///< of the mean attribution over all sentences
  std::vector<ConceptUseText> texts;
  std::int64_t sentences = 0, permutations = 0;
};

/// What the model would say after a layer.
struct LensCell {
  std::string token;  ///< the most probable one
  double probability = no_value;
  double log_probability = no_value;  ///< of the target
  std::int64_t rank = 0;              ///< of the target, from 1
  std::string more;                   ///< the next tokens with their probabilities
};
struct LensText {
  std::vector<std::string> tokens, targets;
  std::vector<std::vector<LensCell>> cells;  ///< [token][site]
};
struct LensFindings {
  std::string file, model;
  std::string asked;  ///< the target as the command named it
  std::vector<std::string> sites;
  std::vector<double> log_probability, entropy, first;  ///< per site: means, share of targets at rank 1
  std::vector<LensText> texts;
  std::int64_t sentences = 0, words = 0;
};

/// Tokens that a neuron's output weights promote and suppress.
struct VocabularyRow {
  std::string address, promoted, suppressed;
  double most = no_value, least = no_value;
};
struct VocabularyFindings {
  std::string file, model;
  std::vector<VocabularyRow> rows;
  std::int64_t neurons = 0;
};

/// Figures of heads: #blocks x #heads.
struct HeadMap {
  std::string name;
  MatrixD values;
  bool is_signed = false;
};
struct AttentionText {
  std::string text, target;
  std::vector<std::string> tokens;  ///< those shown
  std::int64_t words = 0;           ///< of the text
  MatrixD mean, chosen;             ///< from x to: the mean over heads, one head
};
struct AttentionFindings {
  std::string file, model, method;
  std::vector<std::string> blocks;  ///< sites, in order
  std::vector<HeadMap> maps;
  std::string chosen;  ///< address of the head shown, and why that one
  std::vector<AttentionText> texts;
  std::int64_t sentences = 0;
};

/// What components of the model add to a logit, means over sentences.
struct LogitParts {
  std::string file, model;
  std::vector<int> blocks;
  std::vector<double> attention, mlp, norms;  ///< per block, biases included
  double embeddings = 0, final_norm = 0, head_bias = 0;
  MatrixD heads;  ///< #blocks x #heads
  std::int64_t sentences = 0;
};

/// What is lost without a group of neurons.
struct GroupRow {
  std::string name;
  std::int64_t neurons = 0;
  double effect = no_value, magnitude = no_value, error = no_value;
};
struct GroupFindings {
  std::string file, model, method;
  std::string by;  ///< head, site, block, or a file
  std::int64_t sentences = 0;
  std::vector<GroupRow> rows;
};

/// Through which neurons, heads or sites a word changes what goes on.
struct MediatorRow {
  std::string name;
  std::int64_t neurons = 1;
  double indirect = no_value, direct = no_value;
};
struct MediatedPair {
  std::string base, counterfactual, base_candidate, counterfactual_candidate;
  double ratio = no_value, counterfactual_ratio = no_value, total_effect = no_value;
};
struct MediationFindings {
  std::string file, model;
  std::string unit;  ///< neuron, head, site
  std::vector<MediatorRow> rows;
  std::int64_t mediators = 0;  ///< all of them; of neurons `rows` has the ends alone
  std::vector<MediatedPair> pairs;
  std::int64_t all_pairs = 0;
  double total_effect = no_value, standard_error = no_value;
  std::string candidates;  ///< `he/she`, of the bias ratio; empty where there is none
  double bias_ratio = no_value, biased_share = no_value;
};

/// What the tokens of outputs come from: mean shares at one place, and those of one token.
struct SharePlace {
  std::int64_t position = 0, tokens = 0;
  double source = no_value, prefix = no_value, special = no_value, entropy = no_value;
};
struct ShareToken {
  std::string token;
  double source = no_value, prefix = no_value;
};
struct ShareFindings {
  std::string file, model, method;
  std::vector<SharePlace> places;
  std::vector<std::vector<ShareToken>> texts;  ///< the first outputs
  std::int64_t outputs = 0;                    ///< all of them
};

/// Whether methods of words are to be trusted.
struct TrustRow {
  std::string method;
  std::vector<double> values;  ///< one per measure
};
struct AgreementRow {
  std::string first, second;
  double spearman = no_value, overlap = no_value, by_chance = no_value;
};
struct FaithfulnessRow {
  std::string method;  ///< `random`: words drawn at random
  double share = no_value, comprehensiveness = no_value, sufficiency = no_value;
};
struct TrustFindings {
  std::string file, model;
  std::vector<std::string> measures;
  std::vector<TrustRow> rows;
  std::vector<AgreementRow> agreement;
  std::vector<FaithfulnessRow> faithfulness;
  std::int64_t sentences = 0;
};

/// How far rankings agree.
struct AgreementMaps {
  std::string concept_name, unit;  ///< unit: neuron, or group of correlated ones
  std::vector<std::string> names;  ///< of the rankings
  std::vector<HeadMap> maps;       ///< #rankings x #rankings each, 1 on the diagonal
};
struct VoteRow {
  std::string concept_name, ranking, method;
  double mean_jaccard = no_value, vote = no_value, vote_of_others = no_value;
};
/// A neuron that rankings have early together, and where each has it.
struct ConsensusRow {
  std::string concept_name, address;
  double score = no_value;
  std::vector<std::int64_t> places;  ///< per ranking of the concept, from 1
};
struct MovedRow {
  std::string concept_name, first, second, address;
  std::int64_t from = 0, to = 0;
};
/// How the words that a neuron prefers differ between two models.
struct WordChangeRow {
  std::string concept_name, address, moved;  ///< `word (before to after) · ...`
  double correlation = no_value, kept = no_value;
};
struct ComparisonFindings {
  std::string file, model;
  std::int64_t first = 0;  ///< how many first neurons are compared
  std::vector<AgreementMaps> sets;
  std::vector<VoteRow> votes;
  std::vector<ConsensusRow> consensus;
  std::vector<MovedRow> moved;
  std::vector<WordChangeRow> words;
};

/// Whether a ranking by labels is to be believed.
struct SetPoint {
  double neurons = 0, accuracy = no_value, random = no_value, random_low = no_value, random_high = no_value,
         control = no_value, random_model = no_value;
};
struct BeliefRow {
  std::string name;         ///< of the concept
  double discoveries = -1;  ///< neurons below the rate; -1 without q-values
  double half_correlation = no_value, half_overlap = no_value;
};
struct RankBelief {
  std::string file, model, method, label;
  std::int64_t neurons = 0;
  double rate = no_value;
  std::vector<SetPoint> sets;
  double majority = no_value, lookup = no_value, all = no_value, keep = no_value;
  double smallest = -1;  ///< neurons that keep that share of the accuracy of all
  std::vector<BeliefRow> concepts;
};

/// Description length of a probe's labels, and how fast they are learnt.
struct CodedPoint {
  std::string site;
  double trained_on = 0, accuracy = no_value;
};
struct CodedSite {
  std::string site;
  double bits = 0, compression = 0, data_bits = 0, model_bits = 0;
};
struct CodeFindings {
  std::string file, model, label;
  std::vector<CodedPoint> blocks;
  std::vector<CodedSite> sites;
};

/// What neurons stand for by a corpus: words, n-grams, sentences, concepts.
struct CorpusContext {
  std::string kind, text;
  std::int64_t count = 0;
  double mean = no_value, z = no_value, distance = no_value, selectivity = no_value;
};
struct NeuronCorpus {
  std::string address;
  double score = no_value;
  std::vector<CorpusContext> contexts;  ///< kinds one after the other, the first of each first
};
struct CorpusFindings {
  std::string file, model, method;
  std::vector<NeuronCorpus> neurons;  ///< those with the highest scores
  std::int64_t of = 0;                ///< neurons in the file
};

/// Neurons that say the same (`cluster`).
struct DrawnMerge {
  double left = 0, left_height = 0, right = 0, right_height = 0;  ///< places along the axis, heights below
  double height = 0;
  std::int64_t neurons = 0;
};
struct CutRow {
  std::string name;
  double height = no_value;  ///< at which a line cuts the dendrogram; none for a dynamic cut
  std::int64_t clusters = 0, alone = 0, largest = 0;
  double kept = no_value, silhouette = no_value, halves = no_value;
  std::vector<std::int64_t> sizes;  ///< clusters of 1, 2, 3-4, 5-8, ..., 33-64, more neurons
};
/// Where the neurons of a block have the rest of their cluster (of the first cut).
struct BlockSpread {
  std::string block;
  std::int64_t alone = 0, within = 0, across = 0;
};
struct ClusterRow {
  std::int64_t cluster = 0, neurons = 0;
  double correlation = no_value, silhouette = no_value;
  std::string representative, blocks;
};
struct ClusterFindings {
  std::string file, model, linkage, correlation;
  bool absolute = true;
  std::int64_t neurons = 0, constant = 0, tokens = 0;
  std::int64_t branches = 0;  ///< at the foot of what is drawn; fewer than neurons where it is cut short
  std::vector<DrawnMerge> merges;
  std::vector<CutRow> cuts;
  std::vector<BlockSpread> spread;
  std::vector<ClusterRow> largest;  ///< of the first cut
};

/// How few layers and neurons would do.
struct RedundancyRow {
  std::string step;
  std::int64_t neurons = 0;
  double share = no_value, accuracy = no_value, kept = no_value;
};
struct RedundancyFindings {
  std::string file, model, label, cut;
  double layer_loss = no_value, neuron_loss = no_value;
  std::int64_t layers = 0, layers_kept = 0;
  std::vector<RedundancyRow> rows;  ///< all neurons first, the minimal set last
};

/// How the scores of one concept's neurons lie, and those of the best.
struct ConceptScores {
  std::string concept_name;
  BoxFigures box;
  std::vector<std::pair<std::string, double>> best;  ///< addresses, best first
};

/// Neurons of a site whose score passes a bound (Suau et al.'s experts).
struct ExpertShare {
  std::string concept_name, site;
  double bound = no_value, neurons = no_value, share = no_value;
};

/// A ranking's scores, and the probe on its first neurons beside what it has to beat.
struct ScoreFindings {
  std::string file, model, label, method;
  std::vector<ConceptScores> concepts;
  std::vector<ExpertShare> experts;
  double neurons = no_value, accuracy = no_value;         ///< of the probe
  std::vector<std::pair<std::string, double>> baselines;  ///< accuracies
};

/// All of these that a report's files hold.
struct MethodFindings {
  std::vector<TcavScores> tcav;
  std::vector<PairFindings> pairs;
  std::vector<TreeFindings> trees;
  std::vector<ConceptUseFindings> concepts;
  std::vector<LensFindings> lens;
  std::vector<VocabularyFindings> vocabulary;
  std::vector<AttentionFindings> attention;
  std::vector<LogitParts> parts;
  std::vector<GroupFindings> groups;
  std::vector<ShareFindings> shares;
  std::vector<MediationFindings> mediations;
  std::vector<TrustFindings> trust;
  std::vector<ComparisonFindings> comparisons;
  std::vector<ScoreFindings> scores;
  std::vector<RankBelief> beliefs;
  std::vector<CodeFindings> codes;
  std::vector<CorpusFindings> corpora;
  std::vector<SimilarityFindings> similarities;
  std::vector<FactorFindings> factors;
  std::vector<TokenClusterFindings> token_clusters;
  std::vector<MapFindings> maps;
  std::vector<ClusterFindings> clusters;
  std::vector<RedundancyFindings> redundancy;
  std::vector<CourseCurves> courses;
};

}  // namespace neurox
