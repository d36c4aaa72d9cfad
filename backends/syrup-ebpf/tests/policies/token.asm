policy token (sk_reuseport), 31 words:
   0: r5 = *(u64 *)(r1 +0)
   1: r0 = *(u64 *)(r1 +8)
   2: r5 += 12
   3: if r5 > r0 goto pc+19
   4: r0 = *(u32 *)(r5 -4)
   5: r0 = be32 r0
   6: *(u32 *)(r10 -8) = r0
   7: r1 = map[tokens]
   9: r2 = r10
  10: r2 += -8
  11: call bpf_map_lookup_elem#1
  12: if r0 == 0x0 goto pc+6
  13: r1 = -1
  14: r1 = atomic64_fetch_add((u64 *)(r0 +0), r1)
  15: if r1 == 0x0 goto pc+1
  16: if r1 s>= 0x0 goto pc+4
  17: w1 = 1
  18: lock *(u64 *)(r0 +0) += r1
  19: w0 = 0
  20: exit
  21: w0 = 1
  22: exit
  23: w2 = 8
  24: r3 = r10
  25: r3 += -8
  26: w4 = 4
  27: call bpf_skb_load_bytes#26
  28: if w0 != 0x0 goto pc-8
  29: r0 = *(u32 *)(r10 -8)
  30: goto pc-26
twin token_twin (tc), 31 words:
   0: r5 = *(u32 *)(r1 +76)
   1: r0 = *(u32 *)(r1 +80)
   2: r5 += 76
   3: if r5 > r0 goto pc+19
   4: r0 = *(u32 *)(r5 -4)
   5: r0 = be32 r0
   6: *(u32 *)(r10 -8) = r0
   7: r1 = map[tokens]
   9: r2 = r10
  10: r2 += -8
  11: call bpf_map_lookup_elem#1
  12: if r0 == 0x0 goto pc+6
  13: r1 = -1
  14: r1 = atomic64_fetch_add((u64 *)(r0 +0), r1)
  15: if r1 == 0x0 goto pc+1
  16: if r1 s>= 0x0 goto pc+4
  17: w1 = 1
  18: lock *(u64 *)(r0 +0) += r1
  19: w0 = -2
  20: exit
  21: w0 = -1
  22: exit
  23: w2 = 72
  24: r3 = r10
  25: r3 += -8
  26: w4 = 4
  27: call bpf_skb_load_bytes#26
  28: if w0 != 0x0 goto pc-8
  29: r0 = *(u32 *)(r10 -8)
  30: goto pc-26
verifier: at most 61 instructions
