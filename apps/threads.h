#pragma once

namespace neurox::apps {

/// From now on LibTorch's and TBB's loops take at most so many threads; 0: as many as there are cores.
void use_threads(int threads);

}  // namespace neurox::apps
