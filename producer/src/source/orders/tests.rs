//! What the generated orders look like, against the Python demo's own formulas.

use std::collections::{BTreeMap, HashSet};

use super::*;

fn many(seed: u64, worker: u64, count: usize) -> Vec<String> {
    let mut generator = Generator::new(seed, worker);
    let order = |_| {
        generator.advance(0);
        serde_json::to_string(&generator.order_more()).expect("an order is JSON")
    };
    (0..count).map(order).collect()
}

#[test]
fn user_ids_are_those_of_the_python_demo() {
    // "".join([string.ascii_lowercase[int(s)] if s.isdigit() else s for s in hex(n)])[::-1]
    let expected = [
        (1, "bxa"),
        (9, "jxa"),
        (10, "axa"),
        (15, "fxa"),
        (16, "abxa"),
        (31, "fbxa"),
        (100, "egxa"),
        (255, "ffxa"),
        (256, "aabxa"),
        (421, "fabxa"),
        (999, "hedxa"),
        (1000, "iedxa"),
    ];
    for (number, text) in expected {
        let mut out = String::from("left over");
        write_user_id(number, &mut out);
        assert_eq!(out, text, "of {number}");
    }
}

#[test]
fn fields_have_the_ranges_of_the_python_demo() {
    let mut generator = Generator::new(7, 0);
    let (mut ids, mut users, mut counts, mut primes) =
        (HashSet::new(), HashSet::new(), BTreeMap::new(), 0);
    let (mut products, mut quantities) = ((i64::MAX, 0), BTreeMap::new());
    for _ in 0..50_000 {
        generator.advance(1_681_307_133_000);
        let order = generator.order();
        let id = uuid::Uuid::parse_str(order.order_id).expect("an order id is a UUID");
        assert_eq!((id.get_version_num(), order.order_id.len()), (4, 36));
        assert_eq!(order.ordered_at, 1_681_307_133_000);
        assert!(order.user_id.ends_with("xa"));
        ids.insert(id);
        users.insert(order.user_id.to_owned());
        *counts.entry(order.order_items.len()).or_insert(0) += 1;
        for item in order.order_items {
            products = (
                products.0.min(item.product_id),
                products.1.max(item.product_id),
            );
            *quantities.entry(item.quantity).or_insert(0) += 1;
        }
        primes += i32::from(generator.is_prime);
    }
    assert_eq!(ids.len(), 50_000);
    let mut all_users: HashSet<String> = HashSet::new();
    for number in 1..=1_000 {
        let mut out = String::new();
        write_user_id(number, &mut out);
        all_users.insert(out);
    }
    assert_eq!(users, all_users);
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(
        counts
            .values()
            .all(|count| (11_500..13_500).contains(count)),
        "{counts:?}"
    );
    assert_eq!(
        quantities.keys().copied().collect::<Vec<_>>(),
        (1..=10).collect::<Vec<_>>()
    );
    assert_eq!(products, (1, 9_999));
    assert!((24_000..26_000).contains(&primes), "{primes}");
}

#[test]
fn a_seed_and_a_worker_give_the_same_orders_again() {
    assert_eq!(many(1, 0, 1_000), many(1, 0, 1_000));
}

#[test]
fn no_two_streams_share_an_order() {
    let streams = [(1, 0), (2, 0), (1, 1), (2, 1)];
    let orders: HashSet<String> = streams
        .iter()
        .flat_map(|(seed, worker)| many(*seed, *worker, 500))
        .collect();
    assert_eq!(orders.len(), 2_000);
}

#[test]
fn every_field_can_be_a_key() {
    let names = [
        "order_id",
        "ordered_at",
        "user_id",
        "order_items",
        "is_prime",
    ];
    let mut generator = Generator::new(3, 0);
    generator.advance(12);
    let fields =
        names.map(|name| Field::named(name, Variant::OrderMore).expect("the field is known"));
    let mut out = Vec::new();
    let key = Key::new(&names.map(str::to_owned));
    key.write(&mut out, |index, out| {
        generator.write_json(fields[index], out);
    });
    let keyed: serde_json::Value = serde_json::from_slice(&out).expect("a key is JSON");
    assert_eq!(
        keyed,
        serde_json::to_value(generator.order_more()).expect("an order is JSON")
    );
    let items = String::from_utf8(out).expect("a key is text");
    assert!(
        items.contains(r#""order_items": [{"product_id": "#),
        "{items}"
    );
}

#[test]
fn the_default_key_has_the_bytes_of_the_python_demo() {
    let mut generator = Generator::new(3, 0);
    generator.advance(0);
    let mut out = Vec::new();
    Key::new(&["order_id".to_owned()])
        .write(&mut out, |_, out| generator.write_json(Field::OrderId, out));
    assert_eq!(
        String::from_utf8_lossy(&out),
        format!("{{\"order_id\": \"{}\"}}", generator.order_id)
    );
}

#[test]
fn a_key_field_that_orders_lack_is_named() {
    let key = Key::new(&["order_id".to_owned(), "is_prime".to_owned()]);
    let refused = Orders::new(1, 0, Variant::Order, Some(key)).err();
    assert_eq!(refused.as_deref(), Some("is_prime"));
}
