add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion
                    -Wold-style-cast -Woverloaded-virtual)
if(BQS_WERROR)
  add_compile_options(-Werror)
endif()
