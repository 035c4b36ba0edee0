#include "threads.h"

#include <ATen/Parallel.h>
#include <tbb/global_control.h>

#include <optional>

namespace neurox::apps {

void use_threads(int threads) {
  static std::optional<tbb::global_control> limit;
  if (threads <= 0) return;
  at::set_num_threads(threads);
  limit.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
}

}  // namespace neurox::apps
