#ifndef SYRUP_NATIVE_H
#define SYRUP_NATIVE_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SYRUP_NATIVE_ABI @VERSION@u
#define SYRUP_NOTHING UINT64_MAX

/* What the caller does for the policy. `context` is the environment's. */
struct syrup_imports {
    /* The arena offset of an entry's value, or SYRUP_NOTHING. */
    uint64_t (*lookup)(void *context, uint32_t map, const uint8_t *key);
    /* Creates or replaces an entry, or appends a record to a log: 1, or 0 without room. */
    uint64_t (*insert)(void *context, uint32_t map, const uint8_t *key, const uint8_t *value);
    /* Removes an entry: 1, or 0 where there was none. */
    uint64_t (*remove)(void *context, uint32_t map, const uint8_t *key);
    /* A draw below the number, or any 32 bits for 0. */
    uint64_t (*random)(void *context, uint64_t below);
    /* Asked by handlers of events only: a question, the number of a set or queue, a slot. */
    uint64_t (*thread)(void *context, uint32_t question, uint32_t which, uint32_t slot);
};

enum syrup_question {
    SYRUP_ALLOWED = 0,   /* may the event's thread use the core? */
    SYRUP_IS_IDLE = 1,   /* is the core idle? */
    SYRUP_CLAIM = 2,     /* make it busy: 1 if it was idle */
    SYRUP_QUEUE_LEN = 3, /* how many threads wait in the queue? */
    SYRUP_POP = 4        /* take the first that may use the core: its id, or SYRUP_NOTHING */
};

/* All that a policy can reach, for one evaluation. */
struct syrup_env {
    uint32_t abi;          /* SYRUP_NATIVE_ABI */
    uint32_t cpu;          /* below the policy's number of CPUs */
    uint8_t *arena;        /* aligned to a page */
    const uint8_t *packet; /* the frame's first byte */
    uint64_t packet_bytes;
    uint64_t now_ns;
    const struct syrup_imports *imports;
    void *context;
    uint64_t steps;
    uint32_t net;          /* bytes to the network header */
    uint32_t transport;    /* bytes to the transport header */
    uint32_t flow_hash;
    uint32_t rx_queue;
    uint32_t interface;
    uint16_t eth_protocol; /* the EtherType after any VLAN tags */
    uint8_t ip_protocol;
    uint8_t reserved;      /* 0 */
    uint32_t task_id;      /* the thread an event is about */
    uint32_t reserved_too; /* 0 */
    uint64_t task_ran_ns;  /* at most an hour */
    uint64_t task_weight;  /* 1 to 10,000 */
    uint64_t key;          /* out: the place in an ordered queue */
};

/* What an answer says. */
enum syrup_kind {
    SYRUP_PASS = 0,     /* the system decides */
    SYRUP_DROP = 1,     /* the input is refused */
    SYRUP_STEER = 2,    /* the executor in a slot of a set */
    SYRUP_WRONG_ABI = 3, /* no verdict: env->abi is another version's */
    SYRUP_ENQUEUE = 4,  /* the thread waits in a queue, at env->key */
    SYRUP_PREEMPT = 5,  /* the thread gets the core at once */
    SYRUP_KEEP = 6,     /* nothing changes */
    SYRUP_IDLE = 7,     /* the core has nothing to run */
    SYRUP_RUN = 8       /* the core runs the thread of this id */
};

static inline uint32_t syrup_kind(uint64_t answer) { return (uint32_t)(answer >> 56); }
static inline uint32_t syrup_set(uint64_t answer) { return (uint32_t)(answer >> 32) & 0xff; }
static inline uint32_t syrup_queue(uint64_t answer) { return (uint32_t)(answer >> 32) & 0xff; }
static inline uint32_t syrup_slot(uint64_t answer) { return (uint32_t)answer; }
static inline uint32_t syrup_thread(uint64_t answer) { return (uint32_t)answer; }

/* Writes a number of 1, 2, 4 or 8 bytes as the arena has them: the lowest byte first. */
static inline void syrup_put(uint8_t *at, unsigned bytes, uint64_t number) {
    for (unsigned i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(number >> (8 * i));
    }
}

static inline uint64_t syrup_get(const uint8_t *at, unsigned bytes) {
    uint64_t number = 0;
    for (unsigned i = 0; i < bytes; i++) {
        number |= (uint64_t)at[i] << (8 * i);
    }
    return number;
}

#ifdef __cplusplus
}
#endif
#endif
