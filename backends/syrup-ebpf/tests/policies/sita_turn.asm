policy sita_turn (sk_reuseport), 33 words:
   0: r5 = *(u64 *)(r1 +0)
   1: r0 = *(u64 *)(r1 +8)
   2: r6 = r1
   3: r5 += 10
   4: if r5 > r0 goto pc+20
   5: r0 = *(u16 *)(r5 -2)
   6: if w0 != 0x200 goto pc+10
   7: *(u64 *)(r10 -16) = 0
   8: r2 = map[workers]
  10: r3 = r10
  11: r3 += -16
  12: w4 = 0
  13: r1 = r6
  14: call bpf_sk_select_reuseport#82
  15: w0 = 1
  16: exit
  17: r2 = map[.bss][0]+0
  19: w0 = 1
  20: r0 = atomic_fetch_add((u32 *)(r2 +0), r0)
  21: w0 %= 5
  22: w0 += 1
  23: *(u64 *)(r10 -16) = r0
  24: goto pc-17
  25: w2 = 8
  26: r3 = r10
  27: r3 += -8
  28: w4 = 2
  29: call bpf_skb_load_bytes#26
  30: if w0 != 0x0 goto pc-16
  31: r0 = *(u16 *)(r10 -8)
  32: goto pc-27
twin sita_turn_twin (tc), 58 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+44
   4: r2 = *(u32 *)(r1 +76)
   5: r0 = *(u32 *)(r1 +80)
   6: r6 = r1
   7: r2 += 74
   8: if r2 > r0 goto pc+41
   9: r1 = *(u16 *)(r2 -2)
  10: if w1 != 0x200 goto pc+30
  11: w1 = 0
  12: *(u32 *)(r6 +48) = r1
  13: r0 = *(u32 *)(r6 +48)
  14: r1 = map[.data.sets][0]+0
  16: r1 = *(u32 *)(r1 +0)
  17: if w0 >= w1 goto pc+8
  18: if r0 >= 0x6 goto pc+7
  19: r1 = map[.data.sets][0]+4
  21: if w0 >= 0x3 goto pc+11
  22: if w0 >= 0x1 goto pc+5
  23: r1 = *(u32 *)(r1 +0)
  24: if w1 == 0x0 goto pc+1
  25: exit
  26: w0 = -1
  27: exit
  28: if w0 >= 0x2 goto pc+2
  29: r1 = *(u32 *)(r1 +4)
  30: goto pc-7
  31: r1 = *(u32 *)(r1 +8)
  32: goto pc-9
  33: if w0 >= 0x4 goto pc+2
  34: r1 = *(u32 *)(r1 +12)
  35: goto pc-12
  36: if w0 >= 0x5 goto pc+2
  37: r1 = *(u32 *)(r1 +16)
  38: goto pc-15
  39: r1 = *(u32 *)(r1 +20)
  40: goto pc-17
  41: r2 = map[.bss][0]+0
  43: w1 = 1
  44: r1 = atomic_fetch_add((u32 *)(r2 +0), r1)
  45: w1 %= 5
  46: w1 += 1
  47: goto pc-36
  48: w0 = -3
  49: exit
  50: w2 = 72
  51: r3 = r10
  52: r3 += -8
  53: w4 = 2
  54: call bpf_skb_load_bytes#26
  55: if w0 != 0x0 goto pc-30
  56: r1 = *(u16 *)(r10 -8)
  57: goto pc-48
verifier: at most 66 instructions
