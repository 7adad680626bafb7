#include "camal_export_events.h"
#include "unit_test.h"
#include <stdlib.h>

/* RFC 3720, B.4. */
START_TEST(crc32c_has_the_values_of_its_rfc)
{
    uint8_t bytes[32] = {0};
    int i;

    ck_assert_uint_eq(export_crc32c("", 0), 0);
    ck_assert_uint_eq(export_crc32c("123456789", 9), 0xe3069283);
    ck_assert_uint_eq(export_crc32c(bytes, 32), 0x8a9136aa);
    for (i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    ck_assert_uint_eq(export_crc32c(bytes, 32), 0x46dd794e);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools_events");
    TCase *tests = tcase_create("all");

    tcase_add_test(tests, crc32c_has_the_values_of_its_rfc);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
