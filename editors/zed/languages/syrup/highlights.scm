; What gets which colour. Later patterns win.
(identifier) @variable
(comment) @comment
(doc_comment) @comment.documentation
(integer) @number
(duration) @number
(boolean) @boolean
[(string) (bytes) (hex)] @string

[
  "edition" "use" "pub" "const" "param" "enum" "header" "struct" "map" "state" "executors" "queue"
  "fn" "policy" "test" "let" "var" "after" "forall" "given" "expect"
] @keyword
["if" "else" "match"] @keyword.conditional
["for" "in"] @keyword.repeat
"return" @keyword.return
["on" "update" "as" "pick" "from" "where" "least" "most"] @keyword
["->" "=>" "==" "!=" "<=" ">=" "=" "||" "&&" "|" "^" "&" "<<" ">>" "+" "-" "+%" "-%" "+|" "-|" "*"
 "/" "%" "*%" "!" "~" ".." "..="] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":" "."] @punctuation.delimiter

(attribute "@" @attribute name: (identifier) @attribute)
(type (path (identifier) @type))
(layer (path (identifier) @type))
(use (path (identifier) @module))
(access name: (identifier) @property)
(field name: (identifier) @property)
(field_pattern name: (identifier) @property)
(argument name: (identifier) @property)
(call (name (identifier) @function.call))
(call (access name: (identifier) @function.method.call))
(parameter name: (identifier) @variable.parameter)
(case name: (identifier) @constant)
(const name: (identifier) @constant)
(param name: (identifier) @constant)
(function name: (identifier) @function)
(policy name: (identifier) @function)
(handler event: (identifier) @function)
(test name: (string) @string.special)
(header name: (identifier) @type)
(struct name: (identifier) @type)
(enum name: (identifier) @type)
((name (identifier) @constant.builtin) (#any-of? @constant.builtin "pass" "drop" "idle" "keep" "none"))
