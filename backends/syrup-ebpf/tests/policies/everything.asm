policy everything (sk_reuseport), 199 words:
   0: *(u64 *)(r10 -72) = r1
   1: w2 = 12
   2: r3 = r10
   3: r3 += -8
   4: w4 = 8
   5: w5 = 1
   6: call bpf_skb_load_bytes_relative#68
   7: if w0 != 0x0 goto pc+175
   8: r6 = *(u32 *)(r10 -8)
   9: r0 = *(u32 *)(r10 -4)
  10: r6 = be32 r6
  11: r0 = be32 r0
  12: w6 ^= w0
  13: r7 = r6
  14: w7 &= 255
  15: r1 = *(u64 *)(r10 -72)
  16: r0 = *(u32 *)(r1 +20)
  17: r0 = be16 r0
  18: r1 = *(u32 *)(r1 +24)
  19: if w0 != 0x800 goto pc+163
  20: if w1 != 0x11 goto pc+162
  21: r1 = *(u64 *)(r10 -72)
  22: r2 = *(u32 *)(r1 +16)
  23: *(u64 *)(r10 -80) = r2
  24: call bpf_ktime_get_ns#5
  25: r9 = r0
  26: call bpf_get_smp_processor_id#8
  27: r8 = r0
  28: r3 = map[.bss][0]+64
  30: r0 = *(u64 *)(r3 +0)
  31: r2 = *(u64 *)(r10 -80)
  32: if r2 <= r0 goto pc+10
  33: r5 = r0
  34: r0 = atomic64_cmpxchg((u64 *)(r3 +0), r0, r2)
  35: if r0 == r5 goto pc+7
  36: r2 = *(u64 *)(r10 -80)
  37: r4 = r0
  38: if r2 <= r0 goto pc+4
  39: r0 = atomic64_cmpxchg((u64 *)(r3 +0), r0, r2)
  40: if r0 == r4 goto pc+2
  41: if r2 <= r0 goto pc+1
  42: r0 = atomic64_cmpxchg((u64 *)(r3 +0), r0, r2)
  43: r0 = map[.bss][0]+0
  45: r1 = *(u16 *)(r0 +0)
  46: w1 &= 8191
  47: w1 += 5000
  48: w1 &= 8191
  49: *(u16 *)(r0 +0) = r1
  50: w4 = w9
  51: r2 = r9
  52: w2 &= 65535
  53: r0 = r9
  54: w0 &= 255
  55: *(u8 *)(r10 -24) = r7
  56: *(u8 *)(r10 -23) = 0
  57: *(u16 *)(r10 -22) = 0
  58: *(u32 *)(r10 -20) = 0
  59: *(u64 *)(r10 -16) = r6
  60: *(u64 *)(r10 -40) = r9
  61: *(u32 *)(r10 -32) = r4
  62: *(u16 *)(r10 -28) = r2
  63: *(u8 *)(r10 -26) = r0
  64: *(u8 *)(r10 -25) = 0
  65: r1 = map[table]
  67: r2 = r10
  68: r2 += -24
  69: r3 = r10
  70: r3 += -40
  71: w4 = 0
  72: call bpf_map_update_elem#2
  73: w0 >>= 31
  74: w0 ^= 1
  75: *(u64 *)(r10 -88) = r0
  76: *(u32 *)(r10 -8) = r8
  77: r1 = map[recent]
  79: r2 = r10
  80: r2 += -8
  81: call bpf_map_delete_elem#3
  82: r9 = r0
  83: w9 >>= 31
  84: w9 ^= 1
  85: r1 = map[table]
  87: r2 = r10
  88: r2 += -24
  89: call bpf_map_lookup_elem#1
  90: if r0 == 0x0 goto pc+92
  91: r1 = *(u64 *)(r0 +0)
  92: r2 = map[.rodata][0]+0
  94: r3 = *(u16 *)(r2 +0)
  95: w4 = 1
  96: if r1 < r3 goto pc+1
  97: w4 = 0
  98: w4 |= w9
  99: if w4 == 0x0 goto pc+39
 100: r2 = *(u64 *)(r10 -80)
 101: r1 = r2
 102: w1 &= 65535
 103: if w1 <= w3 goto pc+1
 104: r1 = r3
 105: r1 += r3
 106: if r1 <= 0xffff goto pc+1
 107: w1 = 65535
 108: r1 *= r3
 109: if r1 <= 0xffff goto pc+1
 110: w1 = 65535
 111: w1 /= w2
 112: r3 = r1
 113: w3 <<= w8
 114: if w8 < 0x20 goto pc+1
 115: w3 = 0
 116: r2 = r3
 117: w2 -= w6
 118: if w3 < w6 goto pc+17
 119: r0 = *(u64 *)(r10 -88)
 120: if w0 == 0x0 goto pc+1
 121: r1 = r2
 122: r0 = map[.data.sets][0]+0
 124: r0 = *(u32 *)(r0 +0)
 125: w1 %= w0
 126: *(u32 *)(r10 -8) = r1
 127: r2 = map[workers]
 129: r3 = r10
 130: r3 += -8
 131: w4 = 0
 132: r1 = *(u64 *)(r10 -72)
 133: call bpf_sk_select_reuseport#82
 134: w0 += 1
 135: exit
 136: r0 = *(u64 *)(r10 -88)
 137: w2 = 0
 138: goto pc-19
 139: r2 = *(u64 *)(r10 -80)
 140: if r2 > 0x7fffffff goto pc+6
 141: r3 = r10
 142: r3 += -8
 143: w4 = 1
 144: r1 = *(u64 *)(r10 -72)
 145: call bpf_skb_load_bytes#26
 146: if w0 == 0x0 goto pc+33
 147: r1 = *(u64 *)(r10 -72)
 148: r2 = *(u64 *)(r1 +0)
 149: r0 = *(u64 *)(r1 +8)
 150: r2 += 20
 151: if r2 > r0 goto pc+33
 152: r0 = *(u32 *)(r2 -17)
 153: r1 = *(u32 *)(r2 -11)
 154: r2 = *(u16 *)(r2 -7)
 155: r0 = be32 r0
 156: r4 = r1
 157: r4 = be32 r4
 158: r3 = r2
 159: r3 = be16 r3
 160: r4 <<= 16
 161: r4 |= r3
 162: r2 <<= 32
 163: r1 |= r2
 164: r4 -= r1
 165: r4 <<= 16
 166: r4 >>= 16
 167: w1 = w4
 168: w0 ^= w1
 169: w0 &= 3
 170: *(u32 *)(r10 -8) = r0
 171: r2 = map[others]
 173: r3 = r10
 174: r3 += -8
 175: w4 = 0
 176: r1 = *(u64 *)(r10 -72)
 177: call bpf_sk_select_reuseport#82
 178: w0 = 1
 179: exit
 180: r1 = *(u8 *)(r10 -8)
 181: *(u32 *)(r10 -8) = r1
 182: goto pc-12
 183: w0 = 0
 184: exit
 185: w2 = 3
 186: r3 = r10
 187: r3 += -64
 188: w4 = 17
 189: r1 = *(u64 *)(r10 -72)
 190: call bpf_skb_load_bytes#26
 191: if w0 != 0x0 goto pc-9
 192: r0 = *(u32 *)(r10 -64)
 193: r1 = *(u16 *)(r10 -58)
 194: r2 = *(u16 *)(r10 -56)
 195: r2 <<= 16
 196: r1 |= r2
 197: r2 = *(u16 *)(r10 -54)
 198: goto pc-44
twin everything_twin (tc), 229 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+209
   4: r0 = map[.data.script][0]+32
   6: r2 = *(u32 *)(r0 +0)
   7: r2 += 12
   8: if r2 > 0x7fffffff goto pc+147
   9: r3 = r10
  10: r3 += -8
  11: w4 = 8
  12: r6 = r1
  13: call bpf_skb_load_bytes#26
  14: if w0 != 0x0 goto pc+141
  15: r7 = *(u32 *)(r10 -8)
  16: r0 = *(u32 *)(r10 -4)
  17: r7 = be32 r7
  18: r0 = be32 r0
  19: w7 ^= w0
  20: r0 = r7
  21: w0 &= 255
  22: *(u64 *)(r10 -72) = r0
  23: r0 = map[.data.script][0]+12
  25: r0 = *(u32 *)(r0 +0)
  26: w0 &= 65535
  27: r1 = map[.data.script][0]+16
  29: r1 = *(u32 *)(r1 +0)
  30: w1 &= 255
  31: if w0 != 0x800 goto pc+124
  32: if w1 != 0x11 goto pc+123
  33: r2 = *(u32 *)(r6 +0)
  34: w2 -= 64
  35: r0 = map[.data.script][0]+0
  37: r1 = *(u64 *)(r0 +0)
  38: r0 = map[.data.script][0]+28
  40: r8 = *(u32 *)(r0 +0)
  41: r4 = map[.bss][0]+64
  43: r0 = *(u64 *)(r4 +0)
  44: if r2 <= r0 goto pc+166
  45: r9 = r0
  46: r0 = atomic64_cmpxchg((u64 *)(r4 +0), r0, r2)
  47: *(u64 *)(r10 -88) = r2
  48: if r0 == r9 goto pc+7
  49: r2 = *(u64 *)(r10 -88)
  50: r5 = r0
  51: if r2 <= r0 goto pc+4
  52: r0 = atomic64_cmpxchg((u64 *)(r4 +0), r0, r2)
  53: if r0 == r5 goto pc+2
  54: if r2 <= r0 goto pc+1
  55: r0 = atomic64_cmpxchg((u64 *)(r4 +0), r0, r2)
  56: r0 = map[.bss][0]+0
  58: r2 = *(u16 *)(r0 +0)
  59: w2 &= 8191
  60: w2 += 5000
  61: w2 &= 8191
  62: *(u16 *)(r0 +0) = r2
  63: w3 = w1
  64: r2 = r1
  65: w2 &= 65535
  66: r0 = r1
  67: w0 &= 255
  68: r4 = *(u64 *)(r10 -72)
  69: *(u8 *)(r10 -24) = r4
  70: *(u8 *)(r10 -23) = 0
  71: *(u16 *)(r10 -22) = 0
  72: *(u32 *)(r10 -20) = 0
  73: *(u64 *)(r10 -16) = r7
  74: *(u64 *)(r10 -40) = r1
  75: *(u32 *)(r10 -32) = r3
  76: *(u16 *)(r10 -28) = r2
  77: *(u8 *)(r10 -26) = r0
  78: *(u8 *)(r10 -25) = 0
  79: r1 = map[table]
  81: r2 = r10
  82: r2 += -24
  83: r3 = r10
  84: r3 += -40
  85: w4 = 0
  86: call bpf_map_update_elem#2
  87: w0 >>= 31
  88: w0 ^= 1
  89: *(u64 *)(r10 -80) = r0
  90: *(u32 *)(r10 -8) = r8
  91: r1 = map[recent]
  93: r2 = r10
  94: r2 += -8
  95: call bpf_map_delete_elem#3
  96: r9 = r0
  97: w9 >>= 31
  98: w9 ^= 1
  99: r3 = *(u64 *)(r10 -72)
 100: *(u8 *)(r10 -24) = r3
 101: r1 = map[table]
 103: r2 = r10
 104: r2 += -24
 105: call bpf_map_lookup_elem#1
 106: if r0 == 0x0 goto pc+49
 107: r2 = *(u64 *)(r0 +0)
 108: r1 = map[.rodata][0]+0
 110: r3 = *(u16 *)(r1 +0)
 111: w1 = 1
 112: if r2 < r3 goto pc+1
 113: w1 = 0
 114: w1 |= w9
 115: if w1 == 0x0 goto pc+46
 116: r2 = *(u64 *)(r10 -88)
 117: r1 = r2
 118: w1 &= 65535
 119: if w1 <= w3 goto pc+1
 120: r1 = r3
 121: r1 += r3
 122: if r1 <= 0xffff goto pc+1
 123: w1 = 65535
 124: r1 *= r3
 125: if r1 <= 0xffff goto pc+1
 126: w1 = 65535
 127: w1 /= w2
 128: r3 = r1
 129: w3 <<= w8
 130: if w8 < 0x20 goto pc+1
 131: w3 = 0
 132: r2 = r3
 133: w2 -= w7
 134: if w3 < w7 goto pc+24
 135: r0 = *(u64 *)(r10 -80)
 136: if w0 == 0x0 goto pc+1
 137: r1 = r2
 138: r3 = map[.data.sets][0]+0
 140: r5 = *(u32 *)(r3 +0)
 141: w1 %= w5
 142: *(u32 *)(r6 +48) = r1
 143: r0 = *(u32 *)(r6 +48)
 144: r1 = map[.data.sets][0]+0
 146: r1 = *(u32 *)(r1 +0)
 147: if w0 >= w1 goto pc+8
 148: if r0 >= 0x8 goto pc+7
 149: r1 = map[.data.sets][0]+8
 151: r2 = r0
 152: r2 <<= 2
 153: r1 += r2
 154: r1 = *(u32 *)(r1 +0)
 155: if w1 != 0x0 goto pc+2
 156: w0 = -2
 157: exit
 158: exit
 159: r0 = *(u64 *)(r10 -80)
 160: w2 = 0
 161: goto pc-26
 162: r2 = *(u64 *)(r10 -88)
 163: r2 += 64
 164: if r2 > 0x7fffffff goto pc+6
 165: r3 = r10
 166: r3 += -8
 167: w4 = 1
 168: r1 = r6
 169: call bpf_skb_load_bytes#26
 170: if w0 == 0x0 goto pc+38
 171: r4 = *(u32 *)(r6 +76)
 172: r5 = *(u32 *)(r6 +80)
 173: r4 += 84
 174: if r4 > r5 goto pc+40
 175: r0 = *(u32 *)(r4 -17)
 176: r1 = *(u32 *)(r4 -11)
 177: r2 = *(u16 *)(r4 -7)
 178: r0 = be32 r0
 179: r3 = r1
 180: r3 = be32 r3
 181: r4 = r2
 182: r4 = be16 r4
 183: r3 <<= 16
 184: r3 |= r4
 185: r2 <<= 32
 186: r1 |= r2
 187: r3 -= r1
 188: r3 <<= 16
 189: r3 >>= 16
 190: w1 = w3
 191: w0 ^= w1
 192: w0 &= 3
 193: *(u32 *)(r6 +48) = r0
 194: r0 = *(u32 *)(r6 +48)
 195: r1 = map[.data.sets][0]+4
 197: r1 = *(u32 *)(r1 +0)
 198: if w0 >= w1 goto pc+8
 199: if r0 >= 0x4 goto pc+7
 200: r1 = map[.data.sets][0]+40
 202: r2 = r0
 203: r2 <<= 2
 204: r1 += r2
 205: r1 = *(u32 *)(r1 +0)
 206: if w1 != 0x0 goto pc-49
 207: w0 = -1
 208: exit
 209: r0 = *(u8 *)(r10 -8)
 210: goto pc-18
 211: *(u64 *)(r10 -88) = r2
 212: goto pc-157
 213: w0 = -3
 214: exit
 215: w2 = 67
 216: r3 = r10
 217: r3 += -64
 218: w4 = 17
 219: r1 = r6
 220: call bpf_skb_load_bytes#26
 221: if w0 != 0x0 goto pc-66
 222: r0 = *(u32 *)(r10 -64)
 223: r1 = *(u16 *)(r10 -58)
 224: r2 = *(u16 *)(r10 -56)
 225: r2 <<= 16
 226: r1 |= r2
 227: r2 = *(u16 *)(r10 -54)
 228: goto pc-51
verifier: at most 14424 instructions
