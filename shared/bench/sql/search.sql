-- What the indexer would make of the listings of fill.sql, told as differently as people tell them:
-- a document in each language, and a vector in one. Titles are of a few hundred words, some of which
-- very many have.
INSERT INTO search_documents (property_id, locale, title, content, content_hash, words)
SELECT id, locale, title, title, sha256(title::bytea), setweight(to_tsvector('english', title), 'A')
FROM (
    SELECT p.id, l.locale, CASE l.locale
        WHEN 'en' THEN
            (ARRAY['Bright', 'Quiet', 'Sunny', 'Modern', 'Spacious', 'Renovated', 'Furnished', 'Charming', 'Airy', 'Corner',
                'Luxury', 'Cosy', 'Elegant', 'Rare', 'Private', 'Classic'])[1 + (hashint4(n) & 15)] || ' '
            || (ARRAY['one-bedroom', 'two-bedroom', 'three-bedroom', 'studio', 'duplex', 'penthouse', 'pool villa', 'garden house'])
                [1 + (hashint4(n * 3) & 7)] || ' '
            || (ARRAY['near', 'at', 'above', 'beside', 'behind', 'close to', 'facing', 'in'])[1 + (hashint4(n * 5) & 7)] || ' '
            || (ARRAY['Thong Lo', 'Phrom Phong', 'Ekkamai', 'Asok', 'Ari', 'Sathorn', 'Silom', 'Patong', 'Kata', 'Karon', 'Rawai',
                'Kamala', 'Surin', 'Bang Tao', 'Nai Harn', 'Chalong', 'Jomtien', 'Pratumnak', 'Naklua', 'Lamai', 'Bophut', 'Mae Nam',
                'Nimman', 'Hang Dong', 'San Sai', 'Cha-am', 'Khao Takiab', 'On Nut', 'Bang Na', 'Ratchada', 'Rama IX', 'Chatuchak'])
                [1 + (hashint4(n * 7) & 31)] || ' ' || chr(65 + n % 26) || n
        ELSE
            (ARRAY['บ้านเดี่ยว', 'คอนโด', 'วิลล่า', 'ทาวน์เฮาส์', 'อพาร์ตเมนต์', 'บ้านสวน', 'พูลวิลล่า', 'สตูดิโอ'])[1 + (hashint4(n * 3) & 7)]
            || (ARRAY['วิวทะเล', 'วิวเมือง', 'ตกแต่งครบ', 'ใกล้บีทีเอส', 'ติดหาด', 'เงียบสงบ', 'ราคาดี', 'รีโนเวทใหม่'])[1 + (hashint4(n) & 7)] || ' '
            || (ARRAY['ทองหล่อ', 'พร้อมพงษ์', 'เอกมัย', 'อโศก', 'อารีย์', 'สาทร', 'สีลม', 'ป่าตอง', 'กะตะ', 'กะรน', 'ราไวย์', 'กมลา',
                'สุรินทร์', 'บางเทา', 'ในหาน', 'ฉลอง', 'จอมเทียน', 'พระตำหนัก', 'นาเกลือ', 'ละไม', 'บ่อผุด', 'แม่น้ำ', 'นิมมาน',
                'หางดง', 'สันทราย', 'ชะอำ', 'เขาตะเกียบ', 'อ่อนนุช', 'บางนา', 'รัชดา', 'พระรามเก้า', 'จตุจักร'])
                [1 + (hashint4(n * 7) & 31)] || ' ' || n
        END AS title
    FROM (SELECT id, substr(slug, 7)::int AS n FROM properties WHERE slug LIKE 'bench-%') p, (VALUES ('en'), ('th')) l (locale)) told
ON CONFLICT DO NOTHING;

INSERT INTO search_words (word, documents)
SELECT word, ndoc FROM ts_stat('SELECT words FROM search_documents') WHERE length(word) BETWEEN 1 AND 40 AND word !~ '^[a-z]?[0-9.,/-]+$'
ON CONFLICT (word) DO UPDATE SET documents = excluded.documents;

-- Sixteen numbers of 1,536: near neighbours share some, strangers none. The index is built
-- when they are all there, which takes a tenth of the time.
INSERT INTO search_models (slot, model, is_begun) VALUES (0, 'hashing/2', true) ON CONFLICT (slot) DO UPDATE SET is_begun = true;
DROP INDEX search_vectors_0_idx;
INSERT INTO search_vectors (slot, property_id, locale, content_hash, embedding)
SELECT 0, d.property_id, d.locale, d.content_hash, ('{' || (
        SELECT string_agg(k || ':' || v, ',' ORDER BY k) FROM (
            SELECT DISTINCT ON (k) k, v FROM (
                SELECT 1 + (hashtext(word) & 1535) AS k, 1 AS v FROM unnest(string_to_array(d.title, ' ')) word
                UNION ALL
                SELECT 1 + (hashtext(d.title || j) & 1535), 0.5 FROM generate_series(1, 10) j) f ORDER BY k, v DESC) g
    ) || '}/1536')::sparsevec::halfvec(1536)
FROM search_documents d WHERE d.locale = 'en';
SET maintenance_work_mem = '1GB';
SET max_parallel_maintenance_workers = 2;
CREATE INDEX search_vectors_0_idx ON search_vectors USING hnsw (embedding halfvec_cosine_ops) WHERE slot = 0;
RESET maintenance_work_mem;
RESET max_parallel_maintenance_workers;
DELETE FROM search_queue;
