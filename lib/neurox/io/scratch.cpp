#include "neurox/io/scratch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "neurox/io/output.h"
#include "neurox/io/spool.h"

namespace neurox::io {

std::shared_ptr<float> scratch_floats(std::int64_t floats, std::int64_t budget,
                                      const std::filesystem::path& beside) {
  const std::int64_t bytes = std::max<std::int64_t>(1, floats) * static_cast<std::int64_t>(sizeof(float));
  if (bytes <= budget)
    return {new float[static_cast<std::size_t>(std::max<std::int64_t>(1, floats))],
            std::default_delete<float[]>()};
  const int fd = Spool(beside, beside).release();
  // Room for all of it now: a full disk met through a mapping would end the process.
  const int full = ::posix_fallocate(fd, 0, bytes);
  if (full != 0) {
    ::close(fd);
    throw_write_error(beside, full, bytes);
  }
  const auto size = static_cast<std::size_t>(bytes);
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  const int failed = errno;
  ::close(fd);
  if (at == MAP_FAILED) throw_write_error(beside, failed, bytes);
  return {static_cast<float*>(at), [size](float* p) { ::munmap(p, size); }};
}

}  // namespace neurox::io
