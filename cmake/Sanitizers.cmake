if(BQS_SANITIZE)
  # CAF 0.17.6 binds a null reference at every spawn (init_fun_factory.hpp).
  add_compile_options(-fsanitize=${BQS_SANITIZE} -fno-sanitize=null
                      -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BQS_SANITIZE})
endif()
if(BQS_FUZZ)
  # Tells libFuzzer which code an input reached; the targets link its main.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
