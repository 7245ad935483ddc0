# hayden_options: the flags every target of ours is built with.
add_library(hayden_options INTERFACE)
target_compile_options(hayden_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                -Wold-style-cast -Wcast-qual -Woverloaded-virtual)
if(HAYDEN_WARNINGS_AS_ERRORS)
  target_compile_options(hayden_options INTERFACE -Werror)
endif()
if(HAYDEN_SANITIZE)
  target_compile_options(hayden_options INTERFACE -fsanitize=${HAYDEN_SANITIZE} -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=undefined
                         # GCC 12 sees uninitialized members in std::regex and std::optional where there are none.
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(hayden_options INTERFACE -fsanitize=${HAYDEN_SANITIZE})
endif()
if(HAYDEN_LIBFUZZER)
  target_compile_options(hayden_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_compile_definitions(hayden_options INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# hayden_library(name SOURCES … PUBLIC … PRIVATE …): one folder of src/, one static library.
# Headers are included as "<folder>/<file>.hpp"; a folder that is not linked is not on the include path.
function(hayden_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(hayden_${name} STATIC ${ARG_SOURCES})
  # A folder of links holding only this module, so that including a module that is not linked does not compile.
  set(include_root ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${include_root})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_root}/${name} SYMBOLIC)
  target_include_directories(hayden_${name} PUBLIC ${include_root})
  target_link_libraries(hayden_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} hayden_options)
endfunction()

# hayden_program(name SOURCES … LINKS …)
function(hayden_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} hayden_options)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# hayden_jemalloc(program): for one that spends much of its time on small pieces of documents. Sanitizers have their own.
function(hayden_jemalloc program)
  if(NOT HAYDEN_SANITIZE)
    target_link_libraries(${program} PRIVATE PkgConfig::JEMALLOC)
  endif()
endfunction()

# hayden_test(name LABEL unit|integration SOURCES … LINKS …): one GoogleTest program; ctest sees each test.
function(hayden_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gmock GTest::gtest_main hayden_options)
  target_compile_definitions(${name} PRIVATE HAYDEN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  gtest_discover_tests(${name} PROPERTIES LABELS ${ARG_LABEL} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60)
endfunction()

# hayden_fuzz(name SOURCES … LINKS …): with HAYDEN_LIBFUZZER a fuzzer; always a test that replays
# tests/fuzz/corpus/<name> through the same entry point.
function(hayden_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  if(HAYDEN_LIBFUZZER)
    add_executable(fuzz_${name} ${ARG_SOURCES})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(fuzz_${name} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
  endif()
  target_link_libraries(fuzz_${name} PRIVATE ${ARG_LINKS} hayden_options)
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  if(NOT HAYDEN_LIBFUZZER)
    add_test(NAME fuzz_${name}.replays_its_corpus COMMAND fuzz_${name} ${corpus})
    set_tests_properties(fuzz_${name}.replays_its_corpus PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()
