//! `derive(Parameters)`, and the same for the struct of a network.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Fields, GenericParam};

/// The derived implementation.
pub fn derive(tokens: TokenStream) -> syn::Result<TokenStream> {
    let input: DeriveInput = syn::parse2(tokens)?;
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new(input.ident.span(), "`Parameters` can be derived for structs only"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new(
            input.ident.span(),
            "`Parameters` needs fields with names: they name the parameters",
        ));
    };
    let types: Vec<&Ident> = input
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(&parameter.ident),
            _ => None,
        })
        .collect();
    if types.len() < 2 {
        return Err(syn::Error::new(
            input.ident.span(),
            "`Parameters` needs a struct over an element type and a device (and perhaps sets of parameters), such as \
             `struct ScaleParameters<T: Real, D: Device>`",
        ));
    }
    let fields: Vec<&Ident> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    Ok(implementation(&input.ident, &types[2..], &fields))
}

/// The implementation for the struct `name` over `T`, `D` and `sets`, types of sets of parameters, with these fields.
pub fn implementation(name: &Ident, sets: &[&Ident], fields: &[&Ident]) -> TokenStream {
    let parameters = quote!(::layercake::Parameters);
    let parameter = quote!(::layercake::Parameter<T, D>);
    quote! {
        #[automatically_derived]
        impl<T: ::layercake::Real, D: ::layercake::Device #(, #sets: #parameters<T, D>)*> #parameters<T, D>
            for #name<T, D #(, #sets)*>
        {
            fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a #parameter)) {
                #(#parameters::visit(&self.#fields, visitor);)*
            }

            fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut #parameter)) {
                #(#parameters::visit_mut(&mut self.#fields, visitor);)*
            }

            fn visit_pairs(
                &mut self,
                other: &mut Self,
                visitor: &mut ::layercake::parameters::PairVisitor<'_, T, D>,
            ) {
                #(#parameters::visit_pairs(&mut self.#fields, &mut other.#fields, visitor);)*
            }
        }
    }
}
