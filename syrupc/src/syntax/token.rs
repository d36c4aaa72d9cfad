//! Tokens: what the lexer tells apart.
//!
//! Plain data and the patterns of SPEC section 3.2; `lex` drives them. The parser never sees
//! blanks and comments, the tools see everything.

use logos::Logos;
use syrup_diag::Span;

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where.
    pub span: Span,
}

macro_rules! tokens {
    (
        words { $($word:ident $word_text:literal,)* }
        signs { $($sign:ident $sign_text:literal,)* }
    ) => {
        /// What a token is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Logos)]
        pub enum TokenKind {
            /// Blanks and line ends.
            #[regex(r"[ \t\r\n]+")]
            White,
            /// `// ...`, to the end of the line.
            #[regex(r"//[^\n]*", allow_greedy = true)]
            Comment,
            /// `/// ...`: documentation of what follows.
            Doc,
            /// `/* ... */`, which is reported and then treated as a comment.
            #[token("/*")]
            BlockComment,
            /// A name.
            #[regex(r"[A-Za-z_][A-Za-z0-9_]*", priority = 1)]
            Ident,
            /// `12`, `0xff`, `0b101`, `1_000`
            #[regex(r"[0-9][0-9A-Za-z_]*")]
            Int,
            /// `5us`
            Duration,
            /// `"..."`; where the closing quote is missing that was reported.
            #[regex(r#""[^"\r\n]*"?"#)]
            Str,
            /// `b"..."`
            #[regex(r#"b"[^"\r\n]*"?"#)]
            Bytes,
            /// `hex"..."`
            #[regex(r#"hex"[^"\r\n]*"?"#)]
            Hex,
            /// Characters that mean nothing; they were reported.
            Error,
            $(
                #[doc = concat!("`", $word_text, "`")]
                #[token($word_text, priority = 20)]
                $word,
            )*
            $(
                #[doc = concat!("`", $sign_text, "`")]
                #[token($sign_text)]
                $sign,
            )*
        }

        impl TokenKind {
            /// Every keyword, hard or soft.
            pub const WORDS: &[(TokenKind, &'static str)] =
                &[$((TokenKind::$word, $word_text),)*];

            /// The text of a token that has only one; nothing for names, literals and blanks.
            pub const fn fixed_text(self) -> Option<&'static str> {
                match self {
                    $(TokenKind::$word => Some($word_text),)*
                    $(TokenKind::$sign => Some($sign_text),)*
                    TokenKind::White | TokenKind::Comment | TokenKind::Doc
                    | TokenKind::BlockComment | TokenKind::Ident | TokenKind::Int
                    | TokenKind::Duration | TokenKind::Str | TokenKind::Bytes | TokenKind::Hex
                    | TokenKind::Error => None,
                }
            }

            /// Whether it is a keyword, hard or soft.
            pub const fn is_word(self) -> bool {
                matches!(self, $(TokenKind::$word)|*)
            }
        }
    };
}

tokens! {
    words {
        Edition "edition", Use "use", Pub "pub", Const "const", Param "param", Enum "enum",
        Header "header", Struct "struct", Map "map", State "state", Executors "executors",
        Queue "queue", Fn "fn", Policy "policy", On "on", Test "test", Given "given",
        Expect "expect", Forall "forall", Let "let", Var "var", Return "return", If "if",
        Else "else", Match "match", For "for", In "in", Update "update", As "as", Pick "pick",
        From "from", Where "where", Least "least", Most "most", After "after", True "true",
        False "false", Under "_",
    }
    signs {
        Arrow "->", FatArrow "=>", DotDotEq "..=", DotDot "..", Dot ".", Comma ",", Semi ";",
        Colon ":", At "@", Question "?", LParen "(", RParen ")", LBracket "[", RBracket "]",
        LBrace "{", RBrace "}", EqEq "==", Ne "!=", Le "<=", Ge ">=", Lt "<", Gt ">", Eq "=",
        OrOr "||", AndAnd "&&", Or "|", Caret "^", And "&", Shl "<<", Shr ">>", Plus "+",
        Minus "-", PlusWrap "+%", MinusWrap "-%", PlusSat "+|", MinusSat "-|", Star "*",
        Slash "/", Percent "%", StarWrap "*%", Bang "!", Tilde "~",
    }
}

impl TokenKind {
    /// Whether the parser leaves it out: blanks and comments.
    pub const fn is_trivia(self) -> bool {
        matches!(
            self,
            TokenKind::White | TokenKind::Comment | TokenKind::Doc | TokenKind::BlockComment
        )
    }

    /// Whether it is a keyword that is a plain name after a dot and before a colon.
    pub const fn is_soft_word(self) -> bool {
        use TokenKind::{After, From, Given, Header, Least, Map, Most, On, Queue, State, Test};
        use TokenKind::{Update, Where};
        matches!(
            self,
            From | On
                | Least
                | Most
                | Test
                | State
                | Queue
                | Map
                | Header
                | After
                | Where
                | Update
                | Given
        )
    }
}
