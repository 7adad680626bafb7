# camal-label: answers of people.
camal_program(camal-label
    SOURCES camal_label.c camal_label_run.c camal_label_pictures.c camal_picture.c
    LINKS camal_oracle camal_store camal_base PkgConfig::YAJL PkgConfig::PNG m)
