policy token (sk_reuseport), 30 words:
   0: r5 = *(u64 *)(r1 +0)
   1: r0 = *(u64 *)(r1 +8)
   2: r5 += 12
   3: if r5 > r0 goto pc+18
   4: r0 = *(u32 *)(r5 -4)
   5: r0 = be32 r0
   6: *(u64 *)(r10 -16) = r0
   7: r1 = map[tokens]
   9: r2 = r10
  10: r2 += -16
  11: call bpf_map_lookup_elem#1
  12: if r0 == 0x0 goto pc+5
  13: r1 = -1
  14: r1 = atomic64_fetch_add((u64 *)(r0 +0), r1)
  15: if r1 s> 0x0 goto pc+4
  16: w1 = 1
  17: r1 = atomic64_fetch_add((u64 *)(r0 +0), r1)
  18: w0 = 0
  19: exit
  20: w0 = 1
  21: exit
  22: w2 = 8
  23: r3 = r10
  24: r3 += -8
  25: w4 = 4
  26: call bpf_skb_load_bytes#26
  27: if w0 != 0x0 goto pc-8
  28: r0 = *(u32 *)(r10 -8)
  29: goto pc-25
twin token_twin (tc), 36 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+22
   4: r0 = *(u32 *)(r1 +76)
   5: r2 = *(u32 *)(r1 +80)
   6: r0 += 76
   7: if r0 > r2 goto pc+20
   8: r0 = *(u32 *)(r0 -4)
   9: r0 = be32 r0
  10: *(u64 *)(r10 -16) = r0
  11: r1 = map[tokens]
  13: r2 = r10
  14: r2 += -16
  15: call bpf_map_lookup_elem#1
  16: if r0 == 0x0 goto pc+5
  17: r1 = -1
  18: r1 = atomic64_fetch_add((u64 *)(r0 +0), r1)
  19: if r1 s> 0x0 goto pc+4
  20: w1 = 1
  21: r1 = atomic64_fetch_add((u64 *)(r0 +0), r1)
  22: w0 = -2
  23: exit
  24: w0 = -1
  25: exit
  26: w0 = -3
  27: exit
  28: w2 = 72
  29: r3 = r10
  30: r3 += -8
  31: w4 = 4
  32: call bpf_skb_load_bytes#26
  33: if w0 != 0x0 goto pc-10
  34: r0 = *(u32 *)(r10 -8)
  35: goto pc-27
verifier: at most 51 instructions
