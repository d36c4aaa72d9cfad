;;; syrup-mode.el --- Scheduling policies  -*- lexical-binding: t -*-

;; Syrup for Emacs 29 and later: load this file.  It colours words by pattern, indents by
;; braces, and tells eglot where the language server is.

;;; Code:

(defvar syrup-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?_ "w" table)
    table))

(defvar syrup-font-lock-keywords
  `((,(regexp-opt
       '("edition" "use" "pub" "const" "param" "enum" "header" "struct" "map" "state"
         "executors" "queue" "fn" "policy" "on" "test" "given" "expect" "forall" "let" "var"
         "return" "if" "else" "match" "for" "in" "update" "as" "pick" "from" "where" "least"
         "most" "after")
       'words)
     . font-lock-keyword-face)
    ("\\<\\(?:fn\\|policy\\)\\s-+\\(\\w+\\)" 1 font-lock-function-name-face)
    ("\\<\\(?:header\\|struct\\|enum\\)\\s-+\\(\\w+\\)" 1 font-lock-type-face)
    ("\\<\\(?:true\\|false\\|pass\\|drop\\|none\\|idle\\|keep\\)\\>" . font-lock-constant-face)
    ("@\\w+" . font-lock-preprocessor-face)))

(defun syrup-indent-line ()
  "Indent by the number of brackets that are open."
  (interactive)
  (let ((depth (save-excursion (back-to-indentation) (car (syntax-ppss)))))
    (save-excursion
      (back-to-indentation)
      (when (looking-at "[]})]") (setq depth (1- depth)))
      (indent-line-to (* 4 (max depth 0))))
    (when (< (current-column) (current-indentation)) (back-to-indentation))))

;;;###autoload
(define-derived-mode syrup-mode prog-mode "Syrup"
  "Scheduling policies."
  (setq-local comment-start "// ")
  (setq-local indent-tabs-mode nil)
  (setq-local indent-line-function #'syrup-indent-line)
  (setq-local font-lock-defaults '(syrup-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.syr\\'" . syrup-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(syrup-mode . ("syrupc" "lsp"))))

(provide 'syrup-mode)
;;; syrup-mode.el ends here
