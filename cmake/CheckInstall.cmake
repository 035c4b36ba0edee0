# cmake -DBUILD=.. -DSOURCE=.. -DCXX=.. -P CheckInstall.cmake: installs into a folder of its own and uses what lies there.

set(prefix "${BUILD}/check-install")
file(REMOVE_RECURSE "${prefix}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}/usr" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

execute_process(COMMAND "${prefix}/usr/bin/neurox" --version OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
if(NOT version MATCHES "[0-9]+\\.[0-9]+\\.[0-9]+")
  message(FATAL_ERROR "the installed program says '${version}', not its version")
endif()

file(GLOB missing_pages "${BUILD}/pages/man/*.1")
if(NOT missing_pages)
  message(FATAL_ERROR "no man page was made")
endif()
foreach(page IN LISTS missing_pages)
  get_filename_component(name "${page}" NAME)
  if(NOT EXISTS "${prefix}/usr/share/man/man1/${name}")
    message(FATAL_ERROR "${name} is not installed")
  endif()
endforeach()

# A program of somebody else's, on the installed library.
file(WRITE "${prefix}/user/CMakeLists.txt" "
cmake_minimum_required(VERSION 3.25)
project(user CXX C)
set(CMAKE_CXX_STANDARD 20)
find_package(neurox REQUIRED)
add_executable(user user.cpp)
target_link_libraries(user PRIVATE neurox::neurox)
")
file(WRITE "${prefix}/user/user.cpp" "
#include <iostream>
#include <neurox/core/hash.h>
int main() { std::cout << neurox::sha256(\"abc\") << '\\n'; }
")
execute_process(
  COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${prefix}/user" -B "${prefix}/user/build" "-DCMAKE_PREFIX_PATH=${prefix}/usr" "-DCMAKE_CXX_COMPILER=${CXX}"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${prefix}/user/build" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${prefix}/user/build/user" OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT hash STREQUAL "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  message(FATAL_ERROR "a program on the installed library got '${hash}' for the SHA-256 of abc")
endif()
file(REMOVE_RECURSE "${prefix}")
