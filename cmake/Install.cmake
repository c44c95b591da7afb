# What other CMake projects get from find_package(bqstreamer): the components
# `client` and `node`, which is all of them.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(where "${CMAKE_INSTALL_LIBDIR}/cmake/bqstreamer")

# install_library(COMPONENT TARGET NAME): as libbqstreamer_NAME.a and
# bqstreamer::NAME.
function(install_library component target name)
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME bqstreamer_${name} EXPORT_NAME ${name})
  target_compile_features(${target} PUBLIC cxx_std_20)
  # A clang++ program shares static data with Debian's CAF and crashes else.
  target_compile_options(${target} INTERFACE
    $<INSTALL_INTERFACE:$<$<CXX_COMPILER_ID:Clang>:-fvisibility=hidden>>)
  target_include_directories(${target} INTERFACE
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  install(TARGETS ${target} EXPORT bqstreamer-${component}
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endfunction()

install_library(client client client)
install_library(node http http)
install_library(node actors node)

foreach(component client node)
  install(EXPORT bqstreamer-${component} NAMESPACE bqstreamer::
          FILE bqstreamer-${component}.cmake DESTINATION "${where}")
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/bqstreamer"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/bqstreamer-config.cmake.in"
  "${PROJECT_BINARY_DIR}/bqstreamer-config.cmake"
  INSTALL_DESTINATION "${where}")
# Before 1.0 each minor version may change what programs see.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/bqstreamer-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/bqstreamer-config.cmake"
              "${PROJECT_BINARY_DIR}/bqstreamer-config-version.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
        DESTINATION "${where}")
install(TARGETS bqstreamer RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/config/bqstreamer.ini"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/bqstreamer")
# Where systemd looks, whatever the system calls its folder of libraries.
install(FILES "${PROJECT_SOURCE_DIR}/config/bqstreamer.service"
        DESTINATION lib/systemd/system)
install(FILES "${PROJECT_SOURCE_DIR}/config/bqstreamer.sysusers"
        DESTINATION lib/sysusers.d RENAME bqstreamer.conf)
install(FILES "${PROJECT_BINARY_DIR}/bqstreamer.1"
        DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${PROJECT_BINARY_DIR}/bqstreamer.bash"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
        RENAME bqstreamer)
