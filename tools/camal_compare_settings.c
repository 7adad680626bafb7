#include "camal_compare_settings.h"
#include "base_log.h"
#include "camal_rounds.h"
#include <stdlib.h>
#include <string.h>

/* A configuration's text without what may differ. */
static base_status settings_text(const base_config *from, bool between_arms, char **text)
{
    base_config config, plain;
    base_status status = base_config_defaults(&plain);
    char *folder;
    size_t size;

    if (status != BASE_OK)
        return status;
    status = base_config_copy(from, &config);
    if (status != BASE_OK) {
        base_config_clear(&plain);
        return status;
    }
    folder = config.run.folder;
    folder[0] = 0;
    config.data.dataset[0] = 0;
    config.run = plain.run;
    config.run.folder = folder;
    config.run.rounds = from->run.rounds;
    if (between_arms) {
        config.select = plain.select;
        config.exclude = plain.exclude;
    }
    status = base_config_write(&config, text, &size);
    base_config_clear(&config);
    base_config_clear(&plain);
    return status;
}

/* Lines in which two texts differ, without their indent; NULL if there are none. */
static base_status differing_lines(const char *a, const char *b, char **differences)
{
    char *text = NULL, *longer;

    while (*a || *b) {
        size_t a_size = strcspn(a, "\n"), b_size = strcspn(b, "\n");

        if (a_size != b_size || memcmp(a, b, a_size) != 0) {
            int a_indent = (int)strspn(a, " "), b_indent = (int)strspn(b, " ");

            if (asprintf(&longer, "%s%s%.*s against %.*s", text ? text : "", text ? ", " : "",
                         (int)a_size - a_indent, a + a_indent, (int)b_size - b_indent, b + b_indent) < 0) {
                free(text);
                base_log_error("no memory for a list of settings");
                return BASE_ERR_MEMORY;
            }
            free(text);
            text = longer;
        }
        a += a_size + (a[a_size] != 0);
        b += b_size + (b[b_size] != 0);
    }
    *differences = text;
    return BASE_OK;
}

base_status compare_settings(const base_config *a, const base_config *b, bool between_arms,
                             char **differences)
{
    char *a_text = NULL, *b_text = NULL;
    base_status status = settings_text(a, between_arms, &a_text);

    if (status == BASE_OK)
        status = settings_text(b, between_arms, &b_text);
    if (status == BASE_OK)
        status = differing_lines(a_text, b_text, differences);
    free(b_text);
    free(a_text);
    return status;
}

base_status compare_settings_warn(const store_round *round, const char *path, const base_config *wanted)
{
    char *differences = NULL;
    base_config made;
    base_status status = camal_rounds_config(round, path, &made);

    if (status != BASE_OK)
        return status;
    status = compare_settings(&made, wanted, false, &differences);
    base_config_clear(&made);
    if (status == BASE_OK && differences)
        base_log_warn("%s: made with other settings than the study has: %s", path, differences);
    free(differences);
    return status;
}
