#include "base_cpu.h"
#include <stdio.h>
#include <string.h>

static void read_name(char *name, size_t size)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];

    snprintf(name, size, "unknown processor");
    while (file && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');

        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        snprintf(name, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (file)
        fclose(file);
}

static void add_feature(char *list, size_t size, int there, const char *name)
{
    size_t used = strlen(list);

    if (there)
        snprintf(list + used, size - used, "%s%s", used > 0 ? " " : "", name);
}

void base_cpu_text(char *text, size_t size)
{
    char name[128], list[128] = "";

    read_name(name, sizeof name);
#if defined(__x86_64__)
    add_feature(list, sizeof list, __builtin_cpu_supports("avx2"), "avx2");
    add_feature(list, sizeof list, __builtin_cpu_supports("avx512f"), "avx512f");
    add_feature(list, sizeof list, __builtin_cpu_supports("avx512vnni"), "avx512vnni");
    add_feature(list, sizeof list, __builtin_cpu_supports("avx512bf16"), "avx512bf16");
#else
    add_feature(list, sizeof list, 1, "no x86");
#endif
    snprintf(text, size, "%s (%s)", name, list[0] ? list : "no avx2");
}
