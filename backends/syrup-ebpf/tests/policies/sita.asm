policy sita (sk_reuseport), 36 words:
   0: r5 = *(u64 *)(r1 +0)
   1: r0 = *(u64 *)(r1 +8)
   2: r7 = r1
   3: r5 += 28
   4: if r5 > r0 goto pc+23
   5: r0 = *(u64 *)(r5 -20)
   6: if r0 != 0x2 goto pc+10
   7: *(u64 *)(r10 -32) = 0
   8: r2 = map[workers]
  10: r3 = r10
  11: r3 += -32
  12: w4 = 0
  13: r1 = r7
  14: call bpf_sk_select_reuseport#82
  15: w0 = 1
  16: exit
  17: r0 = map[.data.sets][0]+0
  19: r6 = *(u32 *)(r0 +0)
  20: if w6 <= 0x1 goto pc-6
  21: w6 -= 1
  22: call bpf_get_prandom_u32#7
  23: r0 *= r6
  24: r0 >>= 32
  25: w0 += 1
  26: *(u64 *)(r10 -32) = r0
  27: goto pc-20
  28: w2 = 8
  29: r3 = r10
  30: r3 += -24
  31: w4 = 20
  32: call bpf_skb_load_bytes#26
  33: if w0 != 0x0 goto pc-19
  34: r0 = *(u64 *)(r10 -24)
  35: goto pc-30
twin sita_twin (tc), 302 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+288
   4: r2 = *(u32 *)(r1 +76)
   5: r0 = *(u32 *)(r1 +80)
   6: r6 = r1
   7: r2 += 92
   8: if r2 > r0 goto pc+285
   9: r1 = *(u64 *)(r2 -20)
  10: if r1 != 0x2 goto pc+204
  11: w1 = 0
  12: *(u32 *)(r6 +48) = r1
  13: r0 = *(u32 *)(r6 +48)
  14: r1 = map[.data.sets][0]+0
  16: r1 = *(u32 *)(r1 +0)
  17: if w0 >= w1 goto pc+12
  18: if r0 >= 0x40 goto pc+11
  19: r1 = map[.data.sets][0]+4
  21: if w0 >= 0x20 goto pc+98
  22: if w0 >= 0x10 goto pc+50
  23: if w0 >= 0x8 goto pc+26
  24: if w0 >= 0x4 goto pc+14
  25: if w0 >= 0x2 goto pc+8
  26: if w0 >= 0x1 goto pc+5
  27: r1 = *(u32 *)(r1 +0)
  28: if w1 == 0x0 goto pc+1
  29: exit
  30: w0 = -1
  31: exit
  32: r1 = *(u32 *)(r1 +4)
  33: goto pc-6
  34: if w0 >= 0x3 goto pc+2
  35: r1 = *(u32 *)(r1 +8)
  36: goto pc-9
  37: r1 = *(u32 *)(r1 +12)
  38: goto pc-11
  39: if w0 >= 0x6 goto pc+5
  40: if w0 >= 0x5 goto pc+2
  41: r1 = *(u32 *)(r1 +16)
  42: goto pc-15
  43: r1 = *(u32 *)(r1 +20)
  44: goto pc-17
  45: if w0 >= 0x7 goto pc+2
  46: r1 = *(u32 *)(r1 +24)
  47: goto pc-20
  48: r1 = *(u32 *)(r1 +28)
  49: goto pc-22
  50: if w0 >= 0xc goto pc+11
  51: if w0 >= 0xa goto pc+5
  52: if w0 >= 0x9 goto pc+2
  53: r1 = *(u32 *)(r1 +32)
  54: goto pc-27
  55: r1 = *(u32 *)(r1 +36)
  56: goto pc-29
  57: if w0 >= 0xb goto pc+2
  58: r1 = *(u32 *)(r1 +40)
  59: goto pc-32
  60: r1 = *(u32 *)(r1 +44)
  61: goto pc-34
  62: if w0 >= 0xe goto pc+5
  63: if w0 >= 0xd goto pc+2
  64: r1 = *(u32 *)(r1 +48)
  65: goto pc-38
  66: r1 = *(u32 *)(r1 +52)
  67: goto pc-40
  68: if w0 >= 0xf goto pc+2
  69: r1 = *(u32 *)(r1 +56)
  70: goto pc-43
  71: r1 = *(u32 *)(r1 +60)
  72: goto pc-45
  73: if w0 >= 0x18 goto pc+23
  74: if w0 >= 0x14 goto pc+11
  75: if w0 >= 0x12 goto pc+5
  76: if w0 >= 0x11 goto pc+2
  77: r1 = *(u32 *)(r1 +64)
  78: goto pc-51
  79: r1 = *(u32 *)(r1 +68)
  80: goto pc-53
  81: if w0 >= 0x13 goto pc+2
  82: r1 = *(u32 *)(r1 +72)
  83: goto pc-56
  84: r1 = *(u32 *)(r1 +76)
  85: goto pc-58
  86: if w0 >= 0x16 goto pc+5
  87: if w0 >= 0x15 goto pc+2
  88: r1 = *(u32 *)(r1 +80)
  89: goto pc-62
  90: r1 = *(u32 *)(r1 +84)
  91: goto pc-64
  92: if w0 >= 0x17 goto pc+2
  93: r1 = *(u32 *)(r1 +88)
  94: goto pc-67
  95: r1 = *(u32 *)(r1 +92)
  96: goto pc-69
  97: if w0 >= 0x1c goto pc+11
  98: if w0 >= 0x1a goto pc+5
  99: if w0 >= 0x19 goto pc+2
 100: r1 = *(u32 *)(r1 +96)
 101: goto pc-74
 102: r1 = *(u32 *)(r1 +100)
 103: goto pc-76
 104: if w0 >= 0x1b goto pc+2
 105: r1 = *(u32 *)(r1 +104)
 106: goto pc-79
 107: r1 = *(u32 *)(r1 +108)
 108: goto pc-81
 109: if w0 >= 0x1e goto pc+5
 110: if w0 >= 0x1d goto pc+2
 111: r1 = *(u32 *)(r1 +112)
 112: goto pc-85
 113: r1 = *(u32 *)(r1 +116)
 114: goto pc-87
 115: if w0 >= 0x1f goto pc+2
 116: r1 = *(u32 *)(r1 +120)
 117: goto pc-90
 118: r1 = *(u32 *)(r1 +124)
 119: goto pc-92
 120: if w0 >= 0x30 goto pc+47
 121: if w0 >= 0x28 goto pc+23
 122: if w0 >= 0x24 goto pc+11
 123: if w0 >= 0x22 goto pc+5
 124: if w0 >= 0x21 goto pc+2
 125: r1 = *(u32 *)(r1 +128)
 126: goto pc-99
 127: r1 = *(u32 *)(r1 +132)
 128: goto pc-101
 129: if w0 >= 0x23 goto pc+2
 130: r1 = *(u32 *)(r1 +136)
 131: goto pc-104
 132: r1 = *(u32 *)(r1 +140)
 133: goto pc-106
 134: if w0 >= 0x26 goto pc+5
 135: if w0 >= 0x25 goto pc+2
 136: r1 = *(u32 *)(r1 +144)
 137: goto pc-110
 138: r1 = *(u32 *)(r1 +148)
 139: goto pc-112
 140: if w0 >= 0x27 goto pc+2
 141: r1 = *(u32 *)(r1 +152)
 142: goto pc-115
 143: r1 = *(u32 *)(r1 +156)
 144: goto pc-117
 145: if w0 >= 0x2c goto pc+11
 146: if w0 >= 0x2a goto pc+5
 147: if w0 >= 0x29 goto pc+2
 148: r1 = *(u32 *)(r1 +160)
 149: goto pc-122
 150: r1 = *(u32 *)(r1 +164)
 151: goto pc-124
 152: if w0 >= 0x2b goto pc+2
 153: r1 = *(u32 *)(r1 +168)
 154: goto pc-127
 155: r1 = *(u32 *)(r1 +172)
 156: goto pc-129
 157: if w0 >= 0x2e goto pc+5
 158: if w0 >= 0x2d goto pc+2
 159: r1 = *(u32 *)(r1 +176)
 160: goto pc-133
 161: r1 = *(u32 *)(r1 +180)
 162: goto pc-135
 163: if w0 >= 0x2f goto pc+2
 164: r1 = *(u32 *)(r1 +184)
 165: goto pc-138
 166: r1 = *(u32 *)(r1 +188)
 167: goto pc-140
 168: if w0 >= 0x38 goto pc+23
 169: if w0 >= 0x34 goto pc+11
 170: if w0 >= 0x32 goto pc+5
 171: if w0 >= 0x31 goto pc+2
 172: r1 = *(u32 *)(r1 +192)
 173: goto pc-146
 174: r1 = *(u32 *)(r1 +196)
 175: goto pc-148
 176: if w0 >= 0x33 goto pc+2
 177: r1 = *(u32 *)(r1 +200)
 178: goto pc-151
 179: r1 = *(u32 *)(r1 +204)
 180: goto pc-153
 181: if w0 >= 0x36 goto pc+5
 182: if w0 >= 0x35 goto pc+2
 183: r1 = *(u32 *)(r1 +208)
 184: goto pc-157
 185: r1 = *(u32 *)(r1 +212)
 186: goto pc-159
 187: if w0 >= 0x37 goto pc+2
 188: r1 = *(u32 *)(r1 +216)
 189: goto pc-162
 190: r1 = *(u32 *)(r1 +220)
 191: goto pc-164
 192: if w0 >= 0x3c goto pc+11
 193: if w0 >= 0x3a goto pc+5
 194: if w0 >= 0x39 goto pc+2
 195: r1 = *(u32 *)(r1 +224)
 196: goto pc-169
 197: r1 = *(u32 *)(r1 +228)
 198: goto pc-171
 199: if w0 >= 0x3b goto pc+2
 200: r1 = *(u32 *)(r1 +232)
 201: goto pc-174
 202: r1 = *(u32 *)(r1 +236)
 203: goto pc-176
 204: if w0 >= 0x3e goto pc+5
 205: if w0 >= 0x3d goto pc+2
 206: r1 = *(u32 *)(r1 +240)
 207: goto pc-180
 208: r1 = *(u32 *)(r1 +244)
 209: goto pc-182
 210: if w0 >= 0x3f goto pc+2
 211: r1 = *(u32 *)(r1 +248)
 212: goto pc-185
 213: r1 = *(u32 *)(r1 +252)
 214: goto pc-187
 215: r1 = map[.data.sets][0]+0
 217: r1 = *(u32 *)(r1 +0)
 218: if w1 <= 0x1 goto pc-189
 219: r5 = map[.data.script][0]+0
 221: r1 = *(u32 *)(r5 +44)
 222: w1 += 1
 223: *(u32 *)(r5 +44) = r1
 224: r1 = *(u32 *)(r5 +48)
 225: r2 = *(u64 *)(r5 +52)
 226: *(u64 *)(r5 +48) = r2
 227: r2 = *(u64 *)(r5 +60)
 228: *(u64 *)(r5 +56) = r2
 229: r2 = *(u64 *)(r5 +68)
 230: *(u64 *)(r5 +64) = r2
 231: r2 = *(u64 *)(r5 +76)
 232: *(u64 *)(r5 +72) = r2
 233: r2 = *(u64 *)(r5 +84)
 234: *(u64 *)(r5 +80) = r2
 235: r2 = *(u64 *)(r5 +92)
 236: *(u64 *)(r5 +88) = r2
 237: r2 = *(u64 *)(r5 +100)
 238: *(u64 *)(r5 +96) = r2
 239: r2 = *(u64 *)(r5 +108)
 240: *(u64 *)(r5 +104) = r2
 241: r2 = *(u64 *)(r5 +116)
 242: *(u64 *)(r5 +112) = r2
 243: r2 = *(u64 *)(r5 +124)
 244: *(u64 *)(r5 +120) = r2
 245: r2 = *(u64 *)(r5 +132)
 246: *(u64 *)(r5 +128) = r2
 247: r2 = *(u64 *)(r5 +140)
 248: *(u64 *)(r5 +136) = r2
 249: r2 = *(u64 *)(r5 +148)
 250: *(u64 *)(r5 +144) = r2
 251: r2 = *(u64 *)(r5 +156)
 252: *(u64 *)(r5 +152) = r2
 253: r2 = *(u64 *)(r5 +164)
 254: *(u64 *)(r5 +160) = r2
 255: r2 = *(u64 *)(r5 +172)
 256: *(u64 *)(r5 +168) = r2
 257: r2 = *(u64 *)(r5 +180)
 258: *(u64 *)(r5 +176) = r2
 259: r2 = *(u64 *)(r5 +188)
 260: *(u64 *)(r5 +184) = r2
 261: r2 = *(u64 *)(r5 +196)
 262: *(u64 *)(r5 +192) = r2
 263: r2 = *(u64 *)(r5 +204)
 264: *(u64 *)(r5 +200) = r2
 265: r2 = *(u64 *)(r5 +212)
 266: *(u64 *)(r5 +208) = r2
 267: r2 = *(u64 *)(r5 +220)
 268: *(u64 *)(r5 +216) = r2
 269: r2 = *(u64 *)(r5 +228)
 270: *(u64 *)(r5 +224) = r2
 271: r2 = *(u64 *)(r5 +236)
 272: *(u64 *)(r5 +232) = r2
 273: r2 = *(u64 *)(r5 +244)
 274: *(u64 *)(r5 +240) = r2
 275: r2 = *(u64 *)(r5 +252)
 276: *(u64 *)(r5 +248) = r2
 277: r2 = *(u64 *)(r5 +260)
 278: *(u64 *)(r5 +256) = r2
 279: r2 = *(u64 *)(r5 +268)
 280: *(u64 *)(r5 +264) = r2
 281: r2 = *(u64 *)(r5 +276)
 282: *(u64 *)(r5 +272) = r2
 283: r2 = *(u64 *)(r5 +284)
 284: *(u64 *)(r5 +280) = r2
 285: r2 = *(u64 *)(r5 +292)
 286: *(u64 *)(r5 +288) = r2
 287: r2 = *(u32 *)(r5 +300)
 288: *(u32 *)(r5 +296) = r2
 289: *(u32 *)(r5 +300) = 0
 290: w1 += 1
 291: goto pc-280
 292: w0 = -3
 293: exit
 294: w2 = 72
 295: r3 = r10
 296: r3 += -24
 297: w4 = 20
 298: call bpf_skb_load_bytes#26
 299: if w0 != 0x0 goto pc-270
 300: r1 = *(u64 *)(r10 -24)
 301: goto pc-292
verifier: at most 76 instructions
