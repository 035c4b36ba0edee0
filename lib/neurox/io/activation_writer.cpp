#include "neurox/io/activation_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata_parts.h"
#include "neurox/io/band_writer.h"
#include "neurox/io/hdf5_values.h"
#include "neurox/io/neuron_table.h"
#include "neurox/io/progress_file.h"
#include "neurox/io/token_spool.h"

namespace neurox::io {
namespace {

namespace fs = std::filesystem;

constexpr hsize_t chunk_columns = 256;

// Columns of var that finish() fills in.
struct StatColumn {
  const char* name;
  VectorD (ColumnStats::*values)() const;
};
constexpr std::array stat_columns = {
    StatColumn{"mean", &ColumnStats::mean},   StatColumn{"variance", &ColumnStats::variance},
    StatColumn{"min", &ColumnStats::min},     StatColumn{"max", &ColumnStats::max},
    StatColumn{"zero", &ColumnStats::zero},   StatColumn{"nonpositive", &ColumnStats::nonpositive},
    StatColumn{"small", &ColumnStats::small}, StatColumn{"saturated", &ColumnStats::saturated}};

}  // namespace

/// Where in a sealed file the values go.
struct ActivationPlaces {  // NOLINT(misc-use-internal-linkage): a member of what the header names
  MatrixLayout X;
  std::int64_t status = 0;
  std::array<std::int64_t, stat_columns.size()> stats{};
};

namespace {

std::int64_t offset_of(const h5::File& file, hid_t parent, const std::string& name) {
  const h5::Handle dataset = h5::open_dataset(file, parent, name);
  const haddr_t at = H5Dget_offset(dataset);
  if (at == HADDR_UNDEF) throw input_error("{}: '{}' has no place in the file", file.path.string(), name);
  return static_cast<std::int64_t>(at);
}

ActivationPlaces find_places(const fs::path& at, const fs::path& target) {
  h5::Lock lock;
  h5::File file = h5::open_file(at);
  file.path = target;
  ActivationPlaces places;
  const auto layout = plain_layout(file, h5::open_dataset(file, file.id, "X"));
  if (!layout) throw input_error("{}: X is not laid out as it should be", target.string());
  places.X = *layout;
  places.status = offset_of(file, file.id, "obs/status/codes");
  for (std::size_t i = 0; i < stat_columns.size(); ++i)
    places.stats[i] = offset_of(file, file.id, std::string("var/") + stat_columns[i].name);
  return places;
}

/// Takes the room that the file needs now, so that a full disk is found before the model runs.
void reserve(int fd, const fs::path& target) {
  struct stat file {};
  struct statvfs store {};
  if (::fstat(fd, &file) != 0 || ::fstatvfs(fd, &store) != 0) return;
  const std::int64_t missing = file.st_size - static_cast<std::int64_t>(file.st_blocks) * 512;
  const auto free = static_cast<std::int64_t>(store.f_bavail) * static_cast<std::int64_t>(store.f_frsize);
  if (missing > free) throw_write_error(target, ENOSPC, file.st_size);
#ifdef __linux__
  // Where a file system cannot reserve, the check above has to do.
  if (::fallocate(fd, 0, 0, file.st_size) != 0 && errno == ENOSPC)
    throw_write_error(target, ENOSPC, file.st_size);
#endif
}

std::string hash_of(const NeuronAxis& neurons) {
  std::string text;
  for (std::size_t i = 0; i < neurons.size(); ++i) text += neurons.address(i) + "\n";
  return sha256(text);
}

std::string hash_of(const std::vector<float>& limits) {
  return sha256({reinterpret_cast<const char*>(limits.data()), limits.size() * sizeof(float)});
}

/// What must agree for a run to go on: all that the provenance tells but the command line, which may now say
/// --resume.
Tree settings_of(const Provenance& provenance) {
  Tree tree = to_tree(provenance);
  tree.erase("command");
  return tree;
}

}  // namespace

struct ActivationWriter::State {
  fs::path target, partial;
  NeuronAxis neurons;
  ActivationWriterOptions options;
  Tree fingerprint;
  int fd = -1;
  bool complete = false, keep = false;
  std::unique_ptr<TokenSpool> spool;  // in phase 1
  std::int64_t total = -1;
  ActivationPlaces places;
  std::unique_ptr<BandWriter> bands;  // in phase 2
  std::optional<ResumePoint> resume_point;

  ~State() {
    if (fd < 0) return;
    if (!keep) remove_files();
    ::close(fd);
  }
  void remove_files() const {
    remove_progress(target);
    ::unlink(partial.c_str());
  }

  bool target_is_same_run() const;
  void open_sealed(const ProgressFile* progress);
  void write_progress(const Tree& position) const;
};

/// Whether the target is there, complete, and what this run would make.
bool ActivationWriter::State::target_is_same_run() const {
  std::error_code error;
  if (!fs::exists(target, error) || fs::exists(partial, error)) return false;
  h5::Lock lock;
  const h5::File file = h5::open_file(target);
  if (!h5::exists(file.id, "uns")) return false;
  const Tree there =
      settings_of(provenance(h5::read_tree(file, file.id, "uns", {"sentences", "second_sentences"})));
  const std::string difference = first_difference(there, settings_of(options.provenance));
  if (!difference.empty())
    throw input_error("{}: exists, but {}; give --force to replace it", target.string(), difference);
  return true;
}

/// Phase 2, from its start or (with `progress`) from what is committed.
void ActivationWriter::State::open_sealed(const ProgressFile* progress) {
  places = find_places(partial, target);
  total = places.X.rows;
  bands = std::make_unique<BandWriter>(fd, places.X, target,
                                       ColumnStats(static_cast<Index>(neurons.size()), options.stats));
  bands->skip_status(places.status, {false, false, false, !options.truncated_rows_have_values, true});
  if (progress != nullptr) bands->resume(progress->rows, progress->stats);
}

void ActivationWriter::State::write_progress(const Tree& position) const {
  io::write_progress(target, {fingerprint, total, bands->rows(), position, bands->stats().state()});
}

ActivationWriter::ActivationWriter(fs::path target, NeuronAxis neurons, ActivationWriterOptions options)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.target = std::move(target);
  s.partial = partial_path(s.target);
  s.neurons = std::move(neurons);
  s.options = std::move(options);
  s.fingerprint = {{"neurons", hash_of(s.neurons)},
                   {"half", s.options.half},
                   {"label_sets", s.options.label_sets},
                   {"small", s.options.stats.small},
                   {"saturated_low", hash_of(s.options.stats.saturated_low)},
                   {"saturated_high", hash_of(s.options.stats.saturated_high)},
                   {"run", settings_of(s.options.provenance)}};
  if (s.options.resume && !s.options.output.force && s.target_is_same_run()) {
    s.complete = true;
    remove_progress(s.target);  // of a run that was killed after its last step
    return;
  }
  check_output(s.target, s.options.output);
  const std::optional<ProgressFile> progress = read_progress(s.target);
  const bool stopped = progress && fs::exists(s.partial);
  if (stopped && !s.options.resume && !s.options.output.force && progress->rows > 0)
    throw input_error(
        "{}: a run that was stopped left {} of {} rows; give --resume to go on, --force to begin again",
        s.target.string(), progress->rows, progress->total);
  std::string difference;
  if (stopped && s.options.resume) {
    difference = first_difference(progress->fingerprint, s.fingerprint);
    if (!difference.empty() && !s.options.output.force)
      throw input_error("{}: the run that was stopped cannot go on: {}; give --force to begin again",
                        s.target.string(), difference);
  }
  const bool go_on = stopped && s.options.resume && difference.empty();
  s.fd = open_partial(s.target, !go_on);
  if (go_on) {
    s.keep = true;
    s.open_sealed(&*progress);
    s.resume_point = ResumePoint{progress->rows, progress->position};
  } else {
    remove_progress(s.target);
    s.spool = std::make_unique<TokenSpool>(s.target, s.options.label_sets);
  }
}

ActivationWriter::~ActivationWriter() = default;

const std::optional<ResumePoint>& ActivationWriter::resume_point() const {
  return state_->resume_point;
}
bool ActivationWriter::complete() const {
  return state_->complete;
}
std::int64_t ActivationWriter::rows() const {
  return state_->total;
}
std::int64_t ActivationWriter::rows_written() const {
  return state_->bands ? state_->bands->rows() : 0;
}

void ActivationWriter::add_sentence(std::string_view text, std::string_view second) {
  state_->spool->add_sentence(text, second);
}

void ActivationWriter::add_rows(const TokenRows& rows) {
  state_->spool->add_rows(rows);
}

void ActivationWriter::seal() {
  State& s = *state_;
  const std::int64_t rows = s.spool->rows();
  const hsize_t columns = s.neurons.size();
  if (rows == 0 || columns == 0) throw input_error("{}: no rows to write", s.target.string());
  {
    h5::Lock lock;
    const h5::File file = h5::create_file(s.partial, s.target);
    h5::mark(file, file.id, "anndata", "0.1.0");

    Table var = neuron_table(s.neurons);
    for (const StatColumn& column : stat_columns)
      var.add(column.name, std::vector<double>(s.neurons.size(), 0.0));
    h5::put_table(file, file.id, "var", var);

    Tree uns = s.options.uns;
    uns["neurox"] = to_tree(s.options.provenance);
    uns["sites"] = sites_tree(s.neurons);
    h5::put_tree(file, file.id, "uns", uns);
    for (const char* name : {"layers", "obsm", "obsp", "varm", "varp"})
      h5::put_tree(file, file.id, name, Tree::object());
    s.spool->write(file, h5::open_group(file, file.id, "uns"));

    // A dataset of fixed size, allocated at once and unfiltered needs no index in the format of HDF5 1.10:
    // its chunks lie one after the other. Everything else stays in the older format.
    file.check(H5Fset_libver_bounds(file.id, H5F_LIBVER_V110, H5F_LIBVER_LATEST), "X");
    const h5::Handle half = h5::half_type();
    const h5::Handle X =
        h5::make_dataset(file, file.id, "X", s.options.half ? hid_t{half} : H5T_IEEE_F32LE,
                         {static_cast<hsize_t>(rows), columns},
                         {{std::min(hsize_t{BandWriter::band_rows}, static_cast<hsize_t>(rows)),
                           std::min(chunk_columns, columns)},
                          true});
    h5::mark(file, X, "array", "0.2.0");
    file.check(H5Fflush(file.id, H5F_SCOPE_LOCAL), "cannot be written");
  }
  s.spool.reset();
  reserve(s.fd, s.target);
  if (::fsync(s.fd) != 0) throw_write_error(s.target, errno);
  s.open_sealed(nullptr);
  s.write_progress(Tree());
}

void ActivationWriter::write_rows(Index first, const MatrixFRef& X) {
  State& s = *state_;
  if (first != s.bands->rows() || X.cols() != s.places.X.cols || first + X.rows() > s.total)
    throw usage_error("{}: {} x {} values at row {}, but row {} of {} x {} is next", s.target.string(),
                      X.rows(), X.cols(), first, s.bands->rows(), s.total, s.places.X.cols);
  try {
    s.bands->add(X, s.neurons);
  } catch (const Error&) {
    // Values that cannot be stored: going on later would only meet them again.
    if (s.bands->refused()) s.keep = false;
    throw;
  }
}

void ActivationWriter::commit(const Tree& position) {
  State& s = *state_;
  s.bands->flush();
  if (::fdatasync(s.fd) != 0) throw_write_error(s.target, errno);
  s.write_progress(position);
  s.keep = true;
}

void ActivationWriter::finish() {
  State& s = *state_;
  if (s.complete) return;
  if (s.bands->rows() != s.total)
    throw usage_error("{}: ends after {} of {} rows", s.target.string(), s.bands->rows(), s.total);
  s.bands->finish();
  for (std::size_t i = 0; i < stat_columns.size(); ++i) {
    const VectorD values = (s.bands->stats().*stat_columns[i].values)();
    write_at(s.fd, values.data(), static_cast<std::size_t>(values.size()) * sizeof(double), s.places.stats[i],
             s.target);
  }
  rename_when_complete(s.fd, s.partial, s.target);
  remove_progress(s.target);
  ::close(std::exchange(s.fd, -1));
}

}  // namespace neurox::io
