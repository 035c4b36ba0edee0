#include "neurox/attribute/example.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/selection.h"
#include "neurox/extract/extract.h"
#include "neurox/model/class_names.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// Of the model's own answer, or of one that is given.
bool is_predicted_answer(const std::string& what) {
  return what == "start" || what == "end" || what == "span";
}

bool is_answer(const std::string& what) {
  return is_predicted_answer(what) || what == "gold" || what == "gold-start" || what == "gold-end";
}

bool is_next(const std::string& what) {
  return what == "next" || what.starts_with("next=");
}

std::int64_t need_class(const std::vector<std::string>& classes, const std::string& name) {
  const std::int64_t k = model::class_of_label(classes, name);
  if (k < 0)
    throw usage_error("target '{}': no class of that name{}; there are {}", name, did_you_mean(name, classes),
                      classes.empty() ? "none" : fmt::format("{}", fmt::join(classes, ", ")));
  return k;
}

model::Batch batch_of(const extract::Segment& segment) {
  model::Batch batch;
  batch.lengths = {static_cast<std::int64_t>(segment.ids.size())};
  const std::vector<std::int64_t> ids(segment.ids.begin(), segment.ids.end()),
      types(segment.type_ids.begin(), segment.type_ids.end());
  batch.ids = torch::tensor(ids, torch::kInt64);
  if (std::any_of(types.begin(), types.end(), [](std::int64_t t) { return t != 0; }))
    batch.type_ids = torch::tensor(types, torch::kInt64);
  return batch;
}

}  // namespace

namespace {

/// `loss` and `accuracy` are measures of the gold label; a class of that name is a class.
ExampleOptions with_measure(ExampleOptions options, const std::vector<std::string>& classes) {
  TargetRequest& target = options.target;
  const bool accuracy = target.what == "accuracy";
  if (!(accuracy || target.what == "loss") || model::class_of_label(classes, target.what) >= 0)
    return options;
  if (accuracy && !options.accuracy)
    throw usage_error(
        "target 'accuracy': has no slope and no share of words; it goes with groups of neurons (--method "
        "ablation --sites)");
  if (target.scale != Target::Scale::Logit || !target.against.empty())
    throw usage_error("target '{}': goes without --scale and --against", target.what);
  target.scale = accuracy ? Target::Scale::Correct : Target::Scale::Loss;
  target.what = "gold";
  return options;
}

/// The last token of those that a site has rows of.
std::int64_t last_place(const model::Batch& batch, Site site) {
  const bool sources = site.stack != Stack::Only && reads_source(site) && batch.type_ids.defined();
  return sources ? batch.type_ids.eq(0).sum().item<std::int64_t>() - 1 : batch.tokens() - 1;
}

/// Which label set of a corpus has the true classes: the one asked for, else the first.
std::size_t gold_set(const model::Model& model, const io::CorpusReader& corpus, const std::string& label) {
  const auto& sets =
      model.has_sequence_classifier() ? corpus.sentence_label_sets() : corpus.word_label_sets();
  if (sets.empty()) throw usage_error("target 'gold': {} has no labels for it", corpus.name());
  const auto it = label.empty() ? sets.begin() : std::find(sets.begin(), sets.end(), label);
  if (it == sets.end())
    throw usage_error("{}: no labels '{}'{}", corpus.name(), label, did_you_mean(label, sets));
  return static_cast<std::size_t>(it - sets.begin());
}

}  // namespace

ExampleMaker::ExampleMaker(model::Model& model, const text::Tokenizer& tokenizer,
                           const io::CorpusReader& corpus, ExampleOptions options)
    : model_(model),
      tokenizer_(tokenizer),
      options_(with_measure(std::move(options), model.labels())),
      corpus_name_(corpus.name()),
      classes_(model.labels()),
      baselines_(model, tokenizer, options_.baselines) {
  const TargetRequest& target = options_.target;
  const std::string& what = target.what;
  const bool classifier = model.has_sequence_classifier() || model.has_token_classifier();
  const bool next = is_next(what);
  const bool answers = model.has_question_answering();
  if (!target.answer.empty() && !(answers && (is_predicted_answer(what) || what == "predicted")))
    throw usage_error(
        "--answer '{}': is for the targets start, end and span of a model that answers questions",
        target.answer);
  // Whatever else its name may mean: a class is a class.
  if (classifier && model::class_of_label(classes_, what) >= 0) {
    class_ = need_class(classes_, what);
  } else if (next && !model.has_causal_lm()) {
    throw usage_error("target '{}': the model predicts no next token", what);
  } else if ((is_predicted_answer(what) || what.starts_with("gold-")) && !answers) {
    throw usage_error("target '{}': the model has no question answering head", what);
  } else if (what == "gold" && !answers) {
    if (!classifier) throw usage_error("target 'gold': the model has no classifier");
    gold_set_ = gold_set(model, corpus, target.label);
  } else if (what.find(':') != std::string::npos && !next) {
    const NeuronAxis axis = all_neurons(model.sites());
    const auto chosen = select_neurons(what, axis);
    if (chosen.size() != 1) throw usage_error("target '{}': {} neurons; name one", what, chosen.size());
    const auto n = static_cast<std::size_t>(chosen.front());
    unit_.emplace();
    unit_->kind = Target::Kind::Unit;
    unit_->site = *site_of(axis.sites[static_cast<std::size_t>(axis.neurons[n].site)]);
    unit_->index = axis.neurons[n].index;
  } else if (what != "predicted" && !(answers && is_answer(what)) && !next) {
    if (!classifier)
      throw usage_error("target '{}': the model has no classifier; write {}", what,
                        answers                 ? "start, end, span, gold or a neuron"
                        : model.has_causal_lm() ? "next, next=TEXT or a neuron"
                                                : "a neuron, e.g. resid_post@-1:0");
    class_ = need_class(classes_, what);
  } else if (what == "predicted" && !classifier && !model.has_causal_lm() &&
             !model.has_question_answering()) {
    throw usage_error(
        "target 'predicted': the model holds no head that predicts{}; name a neuron as target, e.g. "
        "resid_post@-1:0",
        model.has_masked_lm()
            ? " a class, an answer or a next token (what it says at [MASK]: --method logit-lens)"
            : "");
  }
  if (!target.against.empty()) {
    if (!classifier) throw usage_error("--against '{}': the model has no classifier", target.against);
    against_ = need_class(classes_, target.against);
  }
}

Example ExampleMaker::make(const io::Sentence& sentence) const {
  const torch::NoGradGuard no_gradients;
  const extract::PlanInput input = extract::plan_input(sentence, corpus_name_);
  const extract::SentencePlan planned_sentence = plan(input, options_.unit);
  Example example;
  example.where = input.where;
  for (const extract::PlannedRow& planned : planned_sentence.rows) {
    if (planned.status == extract::Status::Truncated) {
      if (options_.cut) continue;
      throw input_error("{}: longer than the {} tokens that the model takes; shorten the text or give --long",
                        input.where, model_.config().max_positions);
    }
    ExampleRow row{planned.token,
                   planned.position,
                   planned.char_begin,
                   planned.char_end,
                   planned.sequence,
                   planned.word,
                   planned.status == extract::Status::Special,
                   {}};
    for (const auto& group : planned.groups)
      for (const extract::Place& place : group) row.places.push_back(place.piece);
    if (!row.places.empty()) example.rows.push_back(std::move(row));
  }
  model::Batch batch = batch_of(planned_sentence.segments.front());
  const Target target = resolve(sentence, input.where, batch, example);
  name_segments(sentence, example);
  std::vector<std::int64_t> special;
  for (const ExampleRow& row : example.rows)
    if (row.special) special.insert(special.end(), row.places.begin(), row.places.end());
  example.baselines = baselines_.of(model_.embed(batch), special, example.where);
  example.baseline = example.baselines.front();
  example.function =
      std::make_unique<SentenceFunction>(model_, std::move(batch), target, options_.memory_bytes);
  example.function->name_in_messages(example.where);
  return example;
}

Target ExampleMaker::resolve(const io::Sentence& sentence, const std::string& where, model::Batch& batch,
                             Example& example) const {
  const std::string& what = options_.target.what;
  Target target;
  if (unit_) {
    target = resolve_unit(where, batch, example);
  } else if (!class_ &&
             (is_next(what) || (what == "predicted" && classes_.empty() && model_.has_causal_lm()))) {
    target = resolve_next(where, batch, example);
  } else if (!class_ && model_.has_question_answering() && (is_answer(what) || classes_.empty())) {
    target = resolve_answer(sentence, batch, example);
  } else {
    target = resolve_class(sentence, where, batch, example);
  }
  target.scale = options_.target.scale;
  return target;
}

Target ExampleMaker::resolve_class(const io::Sentence& sentence, const std::string& where,
                                   const model::Batch& batch, Example& example) const {
  Target target;
  const bool of_words = !model_.has_sequence_classifier();
  target.kind = of_words ? Target::Kind::TokenClass : Target::Kind::Class;
  if (of_words) target.position = word_token(where, example);
  if (class_) {
    target.index = *class_;
  } else if (gold_set_) {
    const auto it = std::find_if(example.rows.begin(), example.rows.end(), [&](const ExampleRow& row) {
      return !row.places.empty() && row.places.front() == target.position;
    });
    const std::string label = !of_words ? sentence.sentence_labels[*gold_set_]
                              : it == example.rows.end() || it->word < 0
                                  ? std::string()
                                  : sentence.word_labels[*gold_set_][static_cast<std::size_t>(it->word)];
    target.index = model::class_of_label(classes_, label);
    if (target.index < 0)
      throw input_error("{}: label '{}' is no class of the model ({})", where, label,
                        fmt::join(classes_, ", "));
  } else {
    const Tensor hidden = model_.forward(batch);
    const Tensor logits =
        of_words ? model_.token_logits(hidden)[target.position] : model_.classify(hidden, batch)[0];
    target.index = logits.argmax().item<std::int64_t>();
  }
  target.against = against_;
  example.target = classes_[static_cast<std::size_t>(target.index)];
  if (against_) example.target += fmt::format(" against {}", classes_[static_cast<std::size_t>(*against_)]);
  if (of_words) example.target += fmt::format(" at token {}", target.position);
  return target;
}

/// A decoder goes on behind its target's last token: the one that would end it is taken away, and without a
/// target the one that it begins with is put behind the source.
void ExampleMaker::begin_target(const std::string& where, model::Batch& batch, Example& example) const {
  const auto put = [&](std::int64_t id) {
    const std::int64_t n = batch.tokens();
    const torch::Tensor types = batch.type_ids.defined() ? batch.type_ids : torch::zeros({n}, torch::kInt64);
    batch.ids = at::cat({batch.ids, torch::tensor({id}, torch::kInt64)});
    batch.type_ids = at::cat({types, torch::ones({1}, torch::kInt64)});
    ++batch.lengths[0];
  };
  if (!batch.type_ids.defined()) {
    const auto start = tokenizer_.decoder_start();
    if (!start) throw input_error("{}: config.json does not say what a decoder begins with", where);
    put(*start);
    example.rows.push_back({.token = tokenizer_.token_of(*start),
                            .position = -1,
                            .sequence = 1,
                            .special = true,
                            .places = {batch.tokens() - 1}});
    return;
  }
  while (!example.rows.empty()) {
    const ExampleRow& last = example.rows.back();
    const std::int64_t end = batch.tokens() - 1;
    const bool ends = last.special && last.sequence == 1 && last.places == std::vector{end} &&
                      batch.type_ids[end - 1].item<std::int64_t>() == 1;
    if (!ends) break;
    batch.ids = batch.ids.narrow(0, 0, end);
    batch.type_ids = batch.type_ids.narrow(0, 0, end);
    --batch.lengths[0];
    example.rows.pop_back();
  }
}

Target ExampleMaker::resolve_next(const std::string& where, model::Batch& batch, Example& example) const {
  if (model_.has_encoder()) begin_target(where, batch, example);
  Target target;
  target.kind = Target::Kind::Tokens;
  target.position = batch.tokens() - 1;
  const std::string& what = options_.target.what;
  if (what.starts_with("next=")) {
    text::EncodeOptions plain;
    plain.add_special_tokens = false;
    const auto ids = tokenizer_.encode_target(what.substr(5), plain).ids;
    if (ids.empty()) throw usage_error("target '{}': no token in it", what);
    target.tokens.assign(ids.begin(), ids.end());
    if (!model_.has_encoder() &&
        batch.tokens() + static_cast<std::int64_t>(ids.size()) - 1 > model_.config().max_positions)
      throw input_error("{}: longer than the {} tokens that the model takes; shorten the text", where,
                        model_.config().max_positions);
    // All but the last of the continuation are read by the model too.
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      batch.ids = at::cat({batch.ids, torch::tensor({static_cast<std::int64_t>(ids[i])}, torch::kInt64)});
      if (batch.type_ids.defined())
        batch.type_ids = at::cat({batch.type_ids, batch.type_ids.narrow(0, batch.tokens() - 1, 1)});
      ++batch.lengths[0];
    }
    example.target = what.substr(5);
  } else {
    const Tensor hidden = model_.forward(batch);
    const auto id = model_.lm_logits(hidden.narrow(0, target.position, 1)).argmax().item<std::int64_t>();
    target.tokens = {id};
    example.target = tokenizer_.token_of(static_cast<std::int32_t>(id));
  }
  return target;
}

Target ExampleMaker::resolve_unit(const std::string& where, model::Batch& batch, Example& example) const {
  Target target = *unit_;
  // A decoder without a text begins one.
  if (model_.has_encoder() && target.site.stack != Stack::Encoder && !batch.type_ids.defined())
    begin_target(where, batch, example);
  target.position = options_.target.word < 0 && !model_.config().causal ? 0
                    : options_.target.word < 0                          ? last_place(batch, target.site)
                                                                        : word_token(where, example);
  example.target = fmt::format("{} at token {}", options_.target.what, target.position);
  return target;
}

std::int64_t ExampleMaker::word_token(const std::string& where, const Example& example) const {
  const std::int64_t wanted = options_.target.word;
  const ExampleRow* last = nullptr;
  for (const ExampleRow& row : example.rows) {
    if (row.special || row.sequence != 0) continue;
    last = &row;
    if (row.position == wanted) return row.places.front();
  }
  if (wanted < 0 && last != nullptr) return last->places.front();
  throw input_error("{}: no word {} (from 0)", where, wanted);
}

}  // namespace neurox::attribute
