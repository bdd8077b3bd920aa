//! Chat templates: a conversation as the text that a model was trained to read.

use std::path::Path;

use minijinja::{Environment, Error, ErrorKind, context};
use serde::Deserialize;
use serde_json::Value;

use super::error::NnError;
use super::files::read_json;

/// A template with the names of the model's special tokens.
#[derive(Clone, Debug)]
pub struct ChatTemplate {
    source: String,
    bos: String,
    eos: String,
}

/// What `tokenizer_config.json` says of it.
#[derive(Default, Deserialize)]
struct Written {
    chat_template: Option<Value>,
    bos_token: Option<Value>,
    eos_token: Option<Value>,
}

/// A special token's text: written alone or with its properties.
fn token(value: Option<&Value>) -> Option<String> {
    let value = value?;
    let content = value.get("content").unwrap_or(value);
    content.as_str().map(str::to_owned)
}

/// What a folder says beside its tokenizer.
pub(super) struct TokenizerNotes {
    /// The template, where there is one.
    pub chat: Option<ChatTemplate>,
    /// The token that ends a text.
    pub eos: Option<String>,
}

/// Reads `tokenizer_config.json` and `chat_template.jinja` of a folder; both may be missing.
///
/// # Errors
/// [`NnError::Config`] for a file that is no JSON.
pub(super) fn read_notes(folder: &Path) -> Result<TokenizerNotes, NnError> {
    let name = "tokenizer_config.json";
    let written: Written = if folder.join(name).is_file() {
        read_json(folder, name, "it may be left out")?
    } else {
        Written::default()
    };
    let eos = token(written.eos_token.as_ref());
    let of_file = std::fs::read_to_string(folder.join("chat_template.jinja")).ok();
    let of_config = written.chat_template.and_then(|t| match t {
        Value::String(source) => Some(source),
        // Several by name: the one for plain conversations.
        Value::Array(all) => all.iter().find_map(|t| {
            let is_default = t.get("name").and_then(Value::as_str) == Some("default");
            let source = t.get("template").and_then(Value::as_str);
            source.filter(|_| is_default).map(str::to_owned)
        }),
        _ => None,
    });
    let chat = of_file.or(of_config).map(|source| ChatTemplate {
        source,
        bos: token(written.bos_token.as_ref()).unwrap_or_default(),
        eos: eos.clone().unwrap_or_default(),
    });
    Ok(TokenizerNotes { chat, eos })
}

impl ChatTemplate {
    /// Takes a template and the texts of the special tokens.
    pub(super) fn new(source: String, bos: String, eos: String) -> Self {
        Self { source, bos, eos }
    }

    /// Writes a user's message as the model reads it, ready for the answer.
    ///
    /// Today's date is not told to the template, so that equal messages give equal texts.
    ///
    /// # Errors
    /// [`NnError::Tokenizer`] if the template does something that is not known, or refuses.
    pub fn ask(&self, message: &str) -> Result<String, NnError> {
        let refuse = |e: Error| NnError::Tokenizer {
            reason: format!("its chat template fails: {e:#}"),
        };
        let mut environment = Environment::new();
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |text: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, text))
        });
        environment
            .add_template("chat", &self.source)
            .map_err(refuse)?;
        let template = environment.get_template("chat").map_err(refuse)?;
        template
            .render(context! {
                messages => [context! { role => "user", content => message }],
                add_generation_prompt => true,
                bos_token => self.bos,
                eos_token => self.eos,
            })
            .map_err(refuse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the manner of templates in use: loops, filters, methods of strings, refusals.
    const TEMPLATE: &str = "{{- bos_token }}
{%- for message in messages %}
    {%- if message['role'] not in ['user', 'assistant'] %}
        {{- raise_exception('no such role') }}
    {%- endif %}
    {{- '<' + message['role'] + '>' + message['content'].strip() + eos_token }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<assistant>' }}{% endif %}";

    #[test]
    fn a_template_wraps_the_message() {
        let chat = ChatTemplate::new(TEMPLATE.to_owned(), "[".to_owned(), "]".to_owned());
        assert_eq!(
            chat.ask("  公园应当免费吗？ ").ok().as_deref(),
            Some("[<user>公园应当免费吗？]<assistant>")
        );
        let bad = ChatTemplate::new(
            "{{ raise_exception('never') }}".to_owned(),
            String::new(),
            String::new(),
        );
        let refused = bad.ask("x").map_err(|e| e.to_string());
        assert!(refused.is_err_and(|e| e.contains("never")));
    }

    #[test]
    fn a_folder_s_template_is_found_in_either_file() {
        let Ok(home) = tempfile::tempdir() else {
            return;
        };
        let config = r#"{"eos_token": {"content": "</s>"}, "bos_token": "<s>", "chat_template": [
            {"name": "tool_use", "template": "no"}, {"name": "default", "template": "{{ bos_token }}yes{{ eos_token }}"}]}"#;
        std::fs::write(home.path().join("tokenizer_config.json"), config).unwrap_or_default();
        let text = |folder: &Path| {
            let notes = read_notes(folder).ok()?;
            notes.chat?.ask("").ok()
        };
        assert_eq!(text(home.path()).as_deref(), Some("<s>yes</s>"));
        std::fs::write(home.path().join("chat_template.jinja"), "beside").unwrap_or_default();
        assert_eq!(text(home.path()).as_deref(), Some("beside"));
    }
}
