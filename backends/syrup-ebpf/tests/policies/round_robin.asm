policy round_robin (sk_reuseport), 20 words:
   0: r2 = map[.data.sets][0]+0
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x0 goto pc+2
   4: w0 = 0
   5: exit
   6: r2 = map[.bss][0]+0
   8: w0 = 1
   9: r0 = atomic_fetch_add((u32 *)(r2 +0), r0)
  10: w0 %= w4
  11: *(u64 *)(r10 -8) = r0
  12: r2 = map[workers]
  14: r3 = r10
  15: r3 += -8
  16: w4 = 0
  17: call bpf_sk_select_reuseport#82
  18: w0 += 1
  19: exit
twin round_robi_twin (tc), 218 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+212
   4: r0 = map[.data.sets][0]+0
   6: r0 = *(u32 *)(r0 +0)
   7: if w0 == 0x0 goto pc+22
   8: r3 = map[.bss][0]+0
  10: w2 = 1
  11: r2 = atomic_fetch_add((u32 *)(r3 +0), r2)
  12: w2 %= w0
  13: *(u32 *)(r1 +48) = r2
  14: r0 = *(u32 *)(r1 +48)
  15: r1 = map[.data.sets][0]+0
  17: r1 = *(u32 *)(r1 +0)
  18: if w0 >= w1 goto pc+11
  19: if r0 >= 0x40 goto pc+10
  20: r1 = map[.data.sets][0]+4
  22: if w0 >= 0x20 goto pc+98
  23: if w0 >= 0x10 goto pc+50
  24: if w0 >= 0x8 goto pc+26
  25: if w0 >= 0x4 goto pc+14
  26: if w0 >= 0x2 goto pc+8
  27: if w0 >= 0x1 goto pc+5
  28: r1 = *(u32 *)(r1 +0)
  29: if w1 != 0x0 goto pc+2
  30: w0 = -2
  31: exit
  32: exit
  33: r1 = *(u32 *)(r1 +4)
  34: goto pc-6
  35: if w0 >= 0x3 goto pc+2
  36: r1 = *(u32 *)(r1 +8)
  37: goto pc-9
  38: r1 = *(u32 *)(r1 +12)
  39: goto pc-11
  40: if w0 >= 0x6 goto pc+5
  41: if w0 >= 0x5 goto pc+2
  42: r1 = *(u32 *)(r1 +16)
  43: goto pc-15
  44: r1 = *(u32 *)(r1 +20)
  45: goto pc-17
  46: if w0 >= 0x7 goto pc+2
  47: r1 = *(u32 *)(r1 +24)
  48: goto pc-20
  49: r1 = *(u32 *)(r1 +28)
  50: goto pc-22
  51: if w0 >= 0xc goto pc+11
  52: if w0 >= 0xa goto pc+5
  53: if w0 >= 0x9 goto pc+2
  54: r1 = *(u32 *)(r1 +32)
  55: goto pc-27
  56: r1 = *(u32 *)(r1 +36)
  57: goto pc-29
  58: if w0 >= 0xb goto pc+2
  59: r1 = *(u32 *)(r1 +40)
  60: goto pc-32
  61: r1 = *(u32 *)(r1 +44)
  62: goto pc-34
  63: if w0 >= 0xe goto pc+5
  64: if w0 >= 0xd goto pc+2
  65: r1 = *(u32 *)(r1 +48)
  66: goto pc-38
  67: r1 = *(u32 *)(r1 +52)
  68: goto pc-40
  69: if w0 >= 0xf goto pc+2
  70: r1 = *(u32 *)(r1 +56)
  71: goto pc-43
  72: r1 = *(u32 *)(r1 +60)
  73: goto pc-45
  74: if w0 >= 0x18 goto pc+23
  75: if w0 >= 0x14 goto pc+11
  76: if w0 >= 0x12 goto pc+5
  77: if w0 >= 0x11 goto pc+2
  78: r1 = *(u32 *)(r1 +64)
  79: goto pc-51
  80: r1 = *(u32 *)(r1 +68)
  81: goto pc-53
  82: if w0 >= 0x13 goto pc+2
  83: r1 = *(u32 *)(r1 +72)
  84: goto pc-56
  85: r1 = *(u32 *)(r1 +76)
  86: goto pc-58
  87: if w0 >= 0x16 goto pc+5
  88: if w0 >= 0x15 goto pc+2
  89: r1 = *(u32 *)(r1 +80)
  90: goto pc-62
  91: r1 = *(u32 *)(r1 +84)
  92: goto pc-64
  93: if w0 >= 0x17 goto pc+2
  94: r1 = *(u32 *)(r1 +88)
  95: goto pc-67
  96: r1 = *(u32 *)(r1 +92)
  97: goto pc-69
  98: if w0 >= 0x1c goto pc+11
  99: if w0 >= 0x1a goto pc+5
 100: if w0 >= 0x19 goto pc+2
 101: r1 = *(u32 *)(r1 +96)
 102: goto pc-74
 103: r1 = *(u32 *)(r1 +100)
 104: goto pc-76
 105: if w0 >= 0x1b goto pc+2
 106: r1 = *(u32 *)(r1 +104)
 107: goto pc-79
 108: r1 = *(u32 *)(r1 +108)
 109: goto pc-81
 110: if w0 >= 0x1e goto pc+5
 111: if w0 >= 0x1d goto pc+2
 112: r1 = *(u32 *)(r1 +112)
 113: goto pc-85
 114: r1 = *(u32 *)(r1 +116)
 115: goto pc-87
 116: if w0 >= 0x1f goto pc+2
 117: r1 = *(u32 *)(r1 +120)
 118: goto pc-90
 119: r1 = *(u32 *)(r1 +124)
 120: goto pc-92
 121: if w0 >= 0x30 goto pc+47
 122: if w0 >= 0x28 goto pc+23
 123: if w0 >= 0x24 goto pc+11
 124: if w0 >= 0x22 goto pc+5
 125: if w0 >= 0x21 goto pc+2
 126: r1 = *(u32 *)(r1 +128)
 127: goto pc-99
 128: r1 = *(u32 *)(r1 +132)
 129: goto pc-101
 130: if w0 >= 0x23 goto pc+2
 131: r1 = *(u32 *)(r1 +136)
 132: goto pc-104
 133: r1 = *(u32 *)(r1 +140)
 134: goto pc-106
 135: if w0 >= 0x26 goto pc+5
 136: if w0 >= 0x25 goto pc+2
 137: r1 = *(u32 *)(r1 +144)
 138: goto pc-110
 139: r1 = *(u32 *)(r1 +148)
 140: goto pc-112
 141: if w0 >= 0x27 goto pc+2
 142: r1 = *(u32 *)(r1 +152)
 143: goto pc-115
 144: r1 = *(u32 *)(r1 +156)
 145: goto pc-117
 146: if w0 >= 0x2c goto pc+11
 147: if w0 >= 0x2a goto pc+5
 148: if w0 >= 0x29 goto pc+2
 149: r1 = *(u32 *)(r1 +160)
 150: goto pc-122
 151: r1 = *(u32 *)(r1 +164)
 152: goto pc-124
 153: if w0 >= 0x2b goto pc+2
 154: r1 = *(u32 *)(r1 +168)
 155: goto pc-127
 156: r1 = *(u32 *)(r1 +172)
 157: goto pc-129
 158: if w0 >= 0x2e goto pc+5
 159: if w0 >= 0x2d goto pc+2
 160: r1 = *(u32 *)(r1 +176)
 161: goto pc-133
 162: r1 = *(u32 *)(r1 +180)
 163: goto pc-135
 164: if w0 >= 0x2f goto pc+2
 165: r1 = *(u32 *)(r1 +184)
 166: goto pc-138
 167: r1 = *(u32 *)(r1 +188)
 168: goto pc-140
 169: if w0 >= 0x38 goto pc+23
 170: if w0 >= 0x34 goto pc+11
 171: if w0 >= 0x32 goto pc+5
 172: if w0 >= 0x31 goto pc+2
 173: r1 = *(u32 *)(r1 +192)
 174: goto pc-146
 175: r1 = *(u32 *)(r1 +196)
 176: goto pc-148
 177: if w0 >= 0x33 goto pc+2
 178: r1 = *(u32 *)(r1 +200)
 179: goto pc-151
 180: r1 = *(u32 *)(r1 +204)
 181: goto pc-153
 182: if w0 >= 0x36 goto pc+5
 183: if w0 >= 0x35 goto pc+2
 184: r1 = *(u32 *)(r1 +208)
 185: goto pc-157
 186: r1 = *(u32 *)(r1 +212)
 187: goto pc-159
 188: if w0 >= 0x37 goto pc+2
 189: r1 = *(u32 *)(r1 +216)
 190: goto pc-162
 191: r1 = *(u32 *)(r1 +220)
 192: goto pc-164
 193: if w0 >= 0x3c goto pc+11
 194: if w0 >= 0x3a goto pc+5
 195: if w0 >= 0x39 goto pc+2
 196: r1 = *(u32 *)(r1 +224)
 197: goto pc-169
 198: r1 = *(u32 *)(r1 +228)
 199: goto pc-171
 200: if w0 >= 0x3b goto pc+2
 201: r1 = *(u32 *)(r1 +232)
 202: goto pc-174
 203: r1 = *(u32 *)(r1 +236)
 204: goto pc-176
 205: if w0 >= 0x3e goto pc+5
 206: if w0 >= 0x3d goto pc+2
 207: r1 = *(u32 *)(r1 +240)
 208: goto pc-180
 209: r1 = *(u32 *)(r1 +244)
 210: goto pc-182
 211: if w0 >= 0x3f goto pc+2
 212: r1 = *(u32 *)(r1 +248)
 213: goto pc-185
 214: r1 = *(u32 *)(r1 +252)
 215: goto pc-187
 216: w0 = -3
 217: exit
verifier: at most 17 instructions
