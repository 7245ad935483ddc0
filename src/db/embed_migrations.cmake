# Writes OUTPUT, a C++ source that holds the files NNNN_name.sql of FOLDER.
file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/[0-9][0-9][0-9][0-9]_*.sql)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  string(REGEX MATCH "^0*([1-9][0-9]*)_([a-z0-9_]+)\\.sql$" matched ${file})
  if(NOT matched)
    message(FATAL_ERROR "db/migrations/${file}: the name must be NNNN_name.sql, in lower case")
  endif()
  set(number ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  file(READ ${FOLDER}/${file} sql)
  string(APPEND entries "    {${number}, \"${name}\", R\"hayden_sql(${sql})hayden_sql\"},\n")
endforeach()
file(WRITE ${OUTPUT}
     "#include \"db/migrate.hpp\"\n\nnamespace hayden::db {\n\nstd::span<const Migration> embedded_migrations() {\n"
     "  static constexpr Migration migrations[] = {\n${entries}  };\n  return migrations;\n}\n\n}  // namespace hayden::db\n")
