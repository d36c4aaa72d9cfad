; Where lines are indented.
[(block) (fields) (match) (enum) (policy) (record) (list)] @indent.begin
["}" "]" ")"] @indent.branch @indent.end
