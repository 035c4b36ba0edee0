#include "view_course.h"

#include <cmath>
#include <filesystem>
#include <optional>

#include "course_table.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neuron_texts.h"
#include "neurox/core/error.h"
#include "neurox/io/neuron_table.h"
#include "neurox/io/number_text.h"

namespace neurox::apps {
namespace {

CourseAlignment alignment_of(const ViewCourseOptions& options) {
  CourseAlignment out = options.alignment;
  if (out.least < 1) throw usage_error("--least {}: a place has one sentence at least", out.least);
  if (options.window.empty()) return out;
  const std::size_t colon = options.window.find(':');
  const auto bound = [&](const std::string& text, double& into) {
    if (text.empty()) return;
    into = io::number_in(text);
    if (!std::isfinite(into))
      throw usage_error("--window '{}': FROM:TO is expected, e.g. -5:20", options.window);
  };
  if (colon == std::string::npos)
    throw usage_error("--window '{}': FROM:TO is expected, e.g. -5:20", options.window);
  bound(options.window.substr(0, colon), out.from);
  bound(options.window.substr(colon + 1), out.to);
  if (out.from > out.to) throw usage_error("--window {}: holds no position", options.window);
  return out;
}

/// What neurons are held against.
VectorD reference_of(const std::string& reference, const io::ActivationReader& file, const NeuronAxis& axis) {
  const auto neurons = static_cast<Index>(axis.size());
  if (const double number = io::number_in(reference); std::isfinite(number))
    return VectorD::Constant(neurons, number);
  const std::string path = reference == "mean" ? file.path().string() : reference;
  const std::vector<double> values = numbers_of_file(path, axis);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw input_error("{}: has no mean of {} to hold it against; give --reference NUMBER or FILE", path,
                        axis.address(i));
  return Eigen::Map<const VectorD>(values.data(), neurons);
}

io::Provenance course_provenance(const io::ActivationReader& file, const std::string& asked,
                                 const ViewCourseOptions& options) {
  io::Provenance out = provenance_of("course");
  const io::Provenance& from = file.provenance();
  out.model = from.model, out.model_sha256 = from.model_sha256;
  out.tokenizer_sha256 = from.tokenizer_sha256;
  out.add_input(file.path());
  for (const std::string& labels : options.alignment.labels.files) out.add_input(labels);
  if (const std::string path = file_of_choice(asked); !path.empty()) out.add_input(path);
  std::string reference = options.reference;
  if (reference != "mean" && !std::isfinite(io::number_in(reference))) {
    out.add_input(reference);
    reference = std::filesystem::path(reference).filename().string();
  }
  const CourseAlignment& a = options.alignment;
  out.settings = {{"activations", from.settings},
                  {"neurons", asked},
                  {"by", a.labels.by},
                  {"base", a.labels.base},
                  {"sets", a.labels.sets},
                  {"align", a.zero},
                  {"each", a.each},
                  {"window", options.window},
                  {"least", a.least},
                  {"reference", reference}};
  return out;
}

}  // namespace

void declare_course(CLI::App& app, ViewCourseOptions& options) {
  CourseLabels& labels = options.alignment.labels;
  app.add_flag("--course", options.course,
               "The neurons over sentences laid over each other: mean and spread by position and condition");
  app.add_option("--by", labels.by, "Label sets whose values are a sentence's condition")
      ->delimiter(',')
      ->type_name("LABELS");
  app.add_option("--align", options.alignment.zero,
                 "Where position 0 is: start, end, added (the word behind an added one), or a condition on "
                 "words as label --where has it")
      ->capture_default_str()
      ->type_name("WHERE");
  app.add_flag(
      "--each", options.alignment.each,
      "Every stretch of words that meet the condition of --align, not the first of a sentence alone");
  app.add_option("--window", options.window, "Positions to keep, e.g. -5:20")->type_name("FROM:TO");
  app.add_option("--least", options.alignment.least, "Sentences that a position needs to be kept")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--base", labels.base,
                 "The value of --by of the sentences that the others of their set are compared with, word by "
                 "word: what an added word strengthens or flips")
      ->type_name("VALUE");
  app.add_option("--sets", labels.sets, "Label set that tells which sentences belong together, for --base")
      ->type_name("LABEL");
  app.add_option("--reference", options.reference,
                 "What strengthening and flipping are measured from: mean (of the file), a number, or a file "
                 "(activations, whose means count, or lines NEURONS<TAB>NUMBER)")
      ->capture_default_str()
      ->type_name("VALUE");
  app.add_option("--labels", labels.files, "Label files beside the activations, as label writes them")
      ->delimiter(',')
      ->type_name("FILES");
  app.add_option("-o,--output", options.output.path, "With --course: file to write (.h5ad), for a report")
      ->type_name("FILE");
  app.add_flag("--force", options.output.force, "Replace the output if it exists");
}

void refuse_course_options(const ViewCourseOptions& options) {
  const CourseAlignment& a = options.alignment;
  const bool given = !a.labels.by.empty() || !a.labels.base.empty() || !a.labels.sets.empty() ||
                     !a.labels.files.empty() || a.zero != "start" || a.each || a.least != 1 ||
                     !options.window.empty() || options.reference != "mean" || !options.output.path.empty();
  if (given)
    throw usage_error(
        "view: --by, --align, --each, --window, --least, --base, --sets, --reference, --labels and -o go "
        "with "
        "--course");
}

void run_course(const io::ActivationReader& file, const std::vector<std::int64_t>& columns,
                const std::string& asked, const ViewCourseOptions& options, const CommonOptions& common) {
  Console console(common);
  std::optional<io::WriteOptions> writing;
  if (!options.output.path.empty()) {
    writing = io::WriteOptions{options.output.force, {file.path()}};
    for (const std::string& labels : options.alignment.labels.files) writing->inputs.emplace_back(labels);
    io::check_output(options.output.path, *writing);
  }
  CourseFindings found;
  found.axis = select(file.neurons(), columns);
  found.compared = !options.alignment.labels.base.empty();
  found.reference = reference_of(options.reference, file, found.axis);
  found.frame = course_frame(file, alignment_of(options));
  std::vector<std::int64_t> rows;
  for (const CourseRow& r : found.frame.rows) rows.push_back(r.row);
  const auto places = static_cast<std::int32_t>(found.frame.places.size());
  found.course = course_of(*file.columns(columns), found.frame.rows, places, found.reference);
  for (Index p = 0; p < found.course.mean.rows(); ++p)
    for (Index j = 0; j < found.course.mean.cols(); ++j)
      if (!std::isfinite(found.course.mean(p, j)) ||
          (found.course.compared[static_cast<std::size_t>(p)] > 0 && !std::isfinite(found.course.base(p, j))))
        throw input_error("{}: holds a value that is no finite number at {}", file.name(),
                          found.axis.address(static_cast<std::size_t>(j)));
  found.between = variance_between(found.course, found.frame.position_of,
                                   static_cast<std::int32_t>(found.frame.positions.size()));
  for (const auto& [why, sentences] : found.frame.left_out)
    console.warn(fmt::format("sentences left out, {}: {}", why, sentences));
  show_course(console, found, common.json);
  if (writing) {
    io::AnnData out = course_file(found, io::neurons_with_statistics(file, found.axis, columns));
    out.uns["neurox"] = io::to_tree(course_provenance(file, asked, options));
    out.uns["sites"] = io::sites_tree(found.axis);
    io::write_anndata(options.output.path, out, *writing);
    if (!common.json) console.note("");
    console.figure("output", options.output.path);
  }
  console.finish();
}

}  // namespace neurox::apps
