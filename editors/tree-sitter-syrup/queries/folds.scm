; What can be folded.
[(block) (fields) (match) (enum) (policy) (test) (record)] @fold
(doc_comment)+ @fold
