/* A small runtime for policies in C: tables whose entries come and go, and draws.
 *
 * In: a policy's header, and `setup.h` with its maps, state and packets, which the test writes.
 * Out: a line for each answer, then the contents of every map. One thread, so the places that
 * entries leave are free again after each evaluation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "policy.h"
#include "setup.h"

enum { KEY_BYTES_MAX = 128, PLACES_MAX = 4096 };

struct entry {
    int is_there;
    uint8_t key[KEY_BYTES_MAX];
    uint64_t used;
};

/* The entry of a place, for each map; and the places that were left in this evaluation. */
static struct entry entries[N_MAPS][PLACES_MAX];
static int is_left[N_MAPS][PLACES_MAX];
static uint64_t log_bytes[N_MAPS];
static uint64_t turn;
static uint32_t n_draws;
static uint8_t *arena;

static int find(uint32_t map, const uint8_t *key) {
    for (uint32_t at = 0; at < MAPS[map].places; at++) {
        struct entry *entry = &entries[map][at];
        if (entry->is_there && memcmp(entry->key, key, MAPS[map].key_bytes) == 0) {
            return (int)at;
        }
    }
    return -1;
}

static uint8_t *value(uint32_t map, int at) {
    return arena + MAPS[map].start + MAPS[map].stride * (uint64_t)at;
}

static void leave(uint32_t map, int at) {
    entries[map][at].is_there = 0;
    is_left[map][at] = 1;
}

static uint64_t lookup(void *context, uint32_t map, const uint8_t *key) {
    (void)context;
    int at = find(map, key);
    if (at < 0) {
        return SYRUP_NOTHING;
    }
    entries[map][at].used = ++turn;
    return (uint64_t)(value(map, at) - arena);
}

static uint64_t append(uint32_t map) {
    uint64_t bytes = 8 + (MAPS[map].value_bytes + 7) / 8 * 8;
    if (log_bytes[map] + bytes >= MAPS[map].entries) {
        return 0;
    }
    log_bytes[map] += bytes;
    return 1;
}

static uint64_t insert(void *context, uint32_t map, const uint8_t *key, const uint8_t *from) {
    (void)context;
    if (MAPS[map].kind == LOG) {
        return append(map);
    }
    int before = find(map, key), oldest = -1, place = -1;
    uint32_t n = 0;
    for (uint32_t at = 0; at < MAPS[map].places; at++) {
        if (entries[map][at].is_there) {
            n++;
            if (oldest < 0 || entries[map][at].used < entries[map][oldest].used) {
                oldest = (int)at;
            }
        } else if (!is_left[map][at]) {
            place = (int)at;
        }
    }
    if (before < 0 && n >= MAPS[map].entries) {
        if (MAPS[map].kind != LRU_HASH) {
            return 0;
        }
        before = oldest;
    }
    if (place < 0) {
        return 0;
    }
    if (before >= 0) {
        leave(map, before);
    }
    struct entry *entry = &entries[map][place];
    entry->is_there = 1;
    entry->used = ++turn;
    memcpy(entry->key, key, MAPS[map].key_bytes);
    memcpy(value(map, place), from, MAPS[map].value_bytes);
    return 1;
}

static uint64_t remove_entry(void *context, uint32_t map, const uint8_t *key) {
    (void)context;
    int at = find(map, key);
    if (at < 0) {
        return 0;
    }
    leave(map, at);
    return 1;
}

/* The test's world answers the same. */
static uint64_t draw(void *context, uint64_t below) {
    (void)context;
    uint32_t number = ++n_draws * 2654435761u;
    return below == 0 ? number : number % below;
}

static void print(const uint8_t *bytes, uint64_t n) {
    for (uint64_t at = 0; at < n; at++) {
        printf("%02x", bytes[at]);
    }
}

static void print_map(uint32_t map) {
    uint64_t copies = MAPS[map].cpu_stride ? CPUS : 1;
    if (MAPS[map].kind == DIRECT) {
        for (uint64_t cpu = 0; cpu < copies; cpu++) {
            for (uint32_t at = 0; at < MAPS[map].places; at++) {
                printf("m%u cpu %u %u = ", map, (unsigned)cpu, at);
                print(value(map, (int)at) + MAPS[map].cpu_stride * cpu, MAPS[map].value_bytes);
                printf("\n");
            }
        }
    } else if (MAPS[map].kind != LOG) {
        for (uint32_t at = 0; at < MAPS[map].places; at++) {
            if (entries[map][at].is_there) {
                printf("m%u ", map);
                print(entries[map][at].key, MAPS[map].key_bytes);
                printf(" = ");
                print(value(map, (int)at), MAPS[map].value_bytes);
                printf("\n");
            }
        }
    }
}

int main(void) {
    static const struct syrup_imports imports = {lookup, insert, remove_entry, draw, NULL};
    arena = aligned_alloc(4096, ARENA_BYTES);
    if (arena == NULL) {
        return 1;
    }
    memset(arena, 0, ARENA_BYTES);
    INIT(arena);
    for (uint32_t at = 0; at < N_STORES; at++) {
        syrup_put(arena + STORES[at].place, STORES[at].bytes, STORES[at].number);
    }
    for (uint32_t at = 0; at < N_PACKETS; at++) {
        struct syrup_env env = PACKETS[at].env;
        env.abi = SYRUP_NATIVE_ABI;
        env.arena = arena;
        env.imports = &imports;
        env.packet = PACKETS[at].bytes;
        n_draws = 0;
        uint64_t answer = POLICY(&env, NULL);
        memset(is_left, 0, sizeof is_left);
        printf("%016llx %u\n", (unsigned long long)answer, n_draws);
    }
    for (uint32_t map = 0; map < N_MAPS; map++) {
        print_map(map);
    }
    free(arena);
    return 0;
}
